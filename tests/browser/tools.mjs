// A walk through the Lab's tools.
import { settled } from './demo.mjs';

/** Walks through the tools and yields the name of each while it is shown. */
export async function* toolPages({ page, open }) {
  const settle = () => settled(page);
  await open('/lab/s/1?mode=build');
  await settle();
  yield 'build';
  await page.locator('details.quick summary').nth(1).click();
  await page.locator('details.quick').nth(1).scrollIntoViewIfNeeded();
  await settle();
  yield 'build-quick';
  await page.locator('.build-hosts .item .tool').nth(2).click();
  await page.locator('.item-editor').waitFor();
  await settle();
  yield 'build-host';
  await page.locator('.build-records .tab').nth(1).click();
  await page.locator('[name=zone]').fill('a.test. MX mail\n');
  await page.locator('.build-records').scrollIntoViewIfNeeded();
  await settle();
  yield 'build-zone';
  await page.locator('.step-kind').selectOption('fault.link');
  await page.locator('.build-steps .item-editor').scrollIntoViewIfNeeded();
  await settle();
  yield 'build-step';
  await open('/lab/s/1?mode=console');
  await page.locator('.where .primary').click();
  await page.locator('.dialogue-line').first().waitFor();
  await page.locator('.dialogue-line').first().click();
  await settle();
  yield 'console';
  const tab = (place) => page.locator('.console .tabs .tab').nth(place);
  await tab(1).click();
  await page.locator('.where .primary').click();
  await page.locator('.offers').waitFor();
  await settle();
  yield 'console-server';
  await tab(2).click();
  await settle();
  yield 'console-own';
  await page.locator('.share-open').click();
  await page.locator('.share-dialog').waitFor();
  await settle();
  yield 'share';
}

/** The console to the user's own server, for a signed-in user. */
export async function* ownPages({ page }, demo) {
  await page.goto(`${demo.web}/lab/s/1?mode=console`);
  await page.locator('.stage-view svg').first().waitFor();
  await page.locator('.console .tabs .tab').nth(2).click();
  await page.locator('[name=own-port]').waitFor();
  await settled(page);
  yield 'console-mine';
  await page.locator('.where .primary').click();
  await page.locator('.dialogue-line').first().waitFor();
  await settled(page);
  yield 'console-mine-open';
}
