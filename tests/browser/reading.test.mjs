// Signing in and reading: each kind of message of the demo.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { settled, startBrowser, startDemo, waitFor } from './demo.mjs';
import { person } from './webmail.mjs';

describe('reading', () => {
  let demo, browser, alice;
  before(async () => {
    [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
    alice = await (await person(browser, demo, 'alice')).signIn();
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  test('a wrong password is reported, and the right one opens the inbox', async () => {
    const bob = await person(browser, demo, 'bob');
    await bob.page.goto(demo.web);
    await bob.page.locator('#address').fill('bob');
    await bob.page.locator('#password').fill('not this');
    await bob.page.locator('.sign-in button[type=submit]').click();
    await bob.page.getByText('Wrong email address or password.').waitFor();
    await bob.page.locator('#password').fill(bob.account.password);
    await bob.page.locator('#password').press('Enter');
    await bob.page.locator('.row[data-id]').first().waitFor();
    assert.match(bob.page.url(), /\/(mail\/inbox)?$/);
    await bob.close();
  });

  test('a message in GB18030 is shown in Chinese', async () => {
    await alice.open('周五的午餐');
    await alice.page.locator('.prose', { hasText: /[\u4e00-\u9fff]{4}/ }).waitFor();
  });

  test('opening a message marks it as read and lowers the folder’s count', async () => {
    const count = async () => Number(await alice.page.locator('.folder.on .count').first().textContent().catch(() => '0'));
    const before = await count();
    const row = alice.page.locator('.row.unread').first();
    const id = await row.getAttribute('data-id');
    await row.click();
    await alice.page.locator(`.row[data-id="${id}"]:not(.unread)`).waitFor();
    await waitFor('the count', 2_000, async () => (await count()) === before - 1 || before === 1);
  });

  test('HTML is shown in a sandboxed frame without scripts', async () => {
    await alice.open('Welcome to Glasspost');
    const frame = alice.page.locator('iframe.html');
    await frame.waitFor();
    const sandbox = await frame.getAttribute('sandbox');
    assert.ok(sandbox !== null && !/allow-scripts|allow-forms|allow-top-navigation/.test(sandbox), sandbox);
    await alice.page.frameLocator('iframe.html').locator('body').waitFor();
    assert.ok((await alice.page.frameLocator('iframe.html').locator('body').innerText()).length > 40);
  });

  test('remote images are blocked until requested', async () => {
    const asked = [];
    alice.page.on('request', (request) => asked.push(request.url()));
    await alice.open('No. 48');
    await alice.page.frameLocator('iframe.html').locator('body').waitFor();
    const foreign = () => asked.filter((url) => !url.startsWith(demo.web) && !url.startsWith('data:') && !url.startsWith('blob:'));
    assert.deepEqual(foreign(), []);
    const note = alice.page.getByText('Remote images are blocked');
    if (await note.count() > 0) {
      await alice.page.getByRole('button', { name: 'Show images' }).click();
      await note.waitFor({ state: 'detached' });
      assert.deepEqual(foreign(), [], 'then loaded only through our own server');
    }
  });

  test('an inline picture is shown within the message', async () => {
    await alice.open('What a postmark looks like');
    const image = alice.page.frameLocator('iframe.html').locator('img').first();
    await waitFor('the picture', 5_000, () => image.evaluate((i) => i.complete && i.naturalWidth > 0));
  });

  test('attachments show their size and type, and can be downloaded', async () => {
    await alice.open('Handout and exercise');
    const file = alice.page.locator('.file', { hasText: 'PDF' }).first();
    await file.waitFor();
    assert.match(await file.innerText(), /\d (B|KB|MB)/);
    const [download] = await Promise.all([alice.page.waitForEvent('download'), file.getByRole('link', { name: /Download/ }).click()]);
    assert.match(download.suggestedFilename(), /\.pdf$/);
  });

  test('all header fields and the source can be shown', async () => {
    await alice.page.locator('.headers > summary').click();
    await alice.page.getByText('All headers').click();
    await alice.page.locator('.all-headers th', { hasText: /^Message-ID$/i }).waitFor();
    await alice.page.getByRole('button', { name: 'View source' }).click();
    await alice.page.locator('dialog .source', { hasText: /^Received:/m }).waitFor();
    await alice.page.keyboard.press('Escape');
  });

  test('lines that the author quoted are shown', async () => {
    await alice.open('Exercise 3: the 451');
    await alice.page.locator('.prose > blockquote').first().waitFor();
    assert.equal(await alice.page.locator('details.quote').count(), 0);
  });

  test('search finds and highlights Chinese and English words, and shows filters as chips', async () => {
    const box = alice.page.locator('.search input');
    await box.fill('午餐');
    await alice.page.locator('.row mark', { hasText: '午餐' }).first().waitFor();
    await box.fill('postmark');
    await alice.page.locator('.row mark', { hasText: /postmark/i }).first().waitFor();
    await box.fill('has:attachment');
    await box.press('Enter');
    await alice.page.locator('.search-box .chip', { hasText: 'Has attachment' }).waitFor();
    await alice.row('Handout').waitFor();
    await alice.page.getByRole('button', { name: 'Remove has:attachment' }).click();
    await alice.page.locator('.listing-title h1', { hasText: 'Inbox' }).waitFor();
  });

  test('the journey strip says when each role was reached, and links to the journey', async () => {
    await alice.open('Welcome to Glasspost');
    await alice.page.locator('.strip .stop').first().waitFor();
    for (const time of await alice.page.locator('.strip time').allInnerTexts()) assert.match(time, /^(at|after) /);
    await alice.page.locator('.strip .watch').click();
    await alice.page.locator('.journey-page svg').first().waitFor();
    await settled(alice.page);
    await alice.page.keyboard.press('Escape');
    await alice.page.locator('.message h1').waitFor();
  });

  test('the message panel fits beside the journey on a desktop and on a phone', async () => {
    const { page } = alice;
    const before = page.viewportSize();
    try {
      for (const [width, height, least] of [[1360, 860, 340], [390, 780, 340]]) {
        await page.setViewportSize({ width, height });
        await alice.open('Welcome to Glasspost');
        await page.locator('.strip .watch').click();
        const tabs = page.locator('.stage-view .side-panel .tabs');
        await tabs.waitFor();
        const panel = await page.locator('.stage-view .side-panel').evaluate((e) => e.getBoundingClientRect().toJSON());
        assert.ok(panel.width >= least && panel.left >= 0 && panel.right <= width, `${width}: ${JSON.stringify(panel)}`);
        assert.ok(await tabs.evaluate((e) => e.scrollWidth <= e.clientWidth), 'every tab is visible');
        await page.keyboard.press('Escape');
        await page.locator('.message h1').waitFor();
        await page.keyboard.press('u');
      }
    } finally {
      await page.setViewportSize(before);
    }
  });

  test('the page logged no errors', () => assert.deepEqual(alice.errors, []));
});
