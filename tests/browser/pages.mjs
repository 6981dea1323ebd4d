// A walk through all pages of the webmail, for accessibility checks and screenshots.
import { settled } from './demo.mjs';

/**
 * Walks through the pages and yields the name of each while it is shown. `person` must not be signed
 * in yet.
 */
export async function* pages(person, demo) {
  const { page } = person;
  const settle = () => settled(page);
  await page.goto(demo.web);
  await page.locator('#address').waitFor();
  await settle();
  yield 'sign-in';
  await person.signIn();
  await settle();
  yield 'inbox';
  await person.open('Welcome to Glasspost');
  await page.frameLocator('iframe.html').locator('body').waitFor();
  await settle();
  yield 'message-html';
  await page.goto(`${demo.web}/mail/inbox`);
  await person.open('Handout and exercise');
  await page.locator('.headers > summary').click();
  await settle();
  yield 'message-text';
  await page.goto(`${demo.web}/mail/search?q=451`);
  await page.locator('.row mark').first().waitFor();
  await settle();
  yield 'search';
  await page.goto(`${demo.web}/mail/search?q=nothingofthekind`);
  await page.locator('.nothing.rows').waitFor();
  await settle();
  yield 'search-nothing';
  await page.goto(`${demo.web}/mail/junk`);
  await page.locator('.nothing.rows').waitFor();
  await page.keyboard.press('c');
  await page.locator('.compose [name=to]').fill('bob@glasspost.test');
  await page.locator('.compose [name=to]').press('Enter');
  await page.locator('.compose [name=subject]').fill('周五的午餐 Friday lunch');
  await page.locator('.compose textarea').fill('十二点在图书馆门口见。\nAt twelve, by the library.');
  await page.locator('.compose input[type=file]').setInputFiles([{ name: '讲义.txt', mimeType: 'text/plain', buffer: Buffer.from('hello '.repeat(400)) }]);
  await page.locator('.compose .file').waitFor();
  await settle();
  yield 'compose';
  await page.locator('.compose-foot .tool').last().click();
  await page.locator('.compose').waitFor({ state: 'detached' });
  await page.keyboard.press('?');
  await page.locator('dialog[open]').waitFor();
  await settle();
  yield 'help';
  await page.keyboard.press('Escape');
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
  await page.goto(`${demo.web}/settings`);
  await page.locator('.settings h1').waitFor();
  await settle();
  yield 'settings';
  await page.goto(`${demo.web}/mail/inbox`);
  await person.open('Welcome to Glasspost');
  await page.locator('.strip .watch').click();
  await page.locator('.journey-page svg').first().waitFor();
  await settle();
  yield 'journey';
  if ((page.viewportSize()?.width ?? 0) < 1020) {
    await page.goto(`${demo.web}/mail/inbox`);
    await page.locator('.row[data-id]').first().waitFor();
    await page.locator('.listing .menu-button').click();
    await page.locator('.side.open').waitFor();
    await settle();
    yield 'folders';
  }
}
