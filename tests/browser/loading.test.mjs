// The webmail's two WebAssembly files: the list needs the first only; the second may come late. And
// a browser that denies the page its storage.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startBrowser, startDemo } from './demo.mjs';
import { person } from './webmail.mjs';

const SECOND_FILE = '**/webmail-pages-*.wasm';

describe('the second file', () => {
  let demo, browser;
  before(async () => {
    [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  test('the list is shown and used before it is there, and what was opened appears with it', async () => {
    const alice = await person(browser, demo, 'alice');
    let release;
    const released = new Promise((resolve) => { release = resolve; });
    await alice.page.route(SECOND_FILE, async (route) => {
      await released;
      await route.continue();
    });
    await alice.signIn();
    await alice.page.locator('.row[data-id]').first().click();
    await alice.page.locator('.reading [aria-busy]').waitFor();
    await alice.page.keyboard.press('c');
    assert.equal(await alice.page.locator('.compose').count(), 0);
    release();
    await alice.page.locator('.message h1').waitFor();
    await alice.page.locator('.compose textarea').waitFor();
    await alice.context.close();
  });

  test('loading is repeated until it succeeds, and said if it fails again', async () => {
    const alice = await person(browser, demo, 'alice');
    let failures = 0;
    await alice.page.route(SECOND_FILE, (route) => {
      failures += 1;
      return failures <= 2 ? route.abort() : route.continue();
    });
    await alice.signIn();
    await alice.page.getByText('Part of the page could not be loaded. Trying again.').waitFor();
    await alice.page.locator('.row[data-id]').first().click();
    await alice.page.locator('.message h1').waitFor();
    assert.equal(failures, 3);
    await alice.context.close();
  });

  test('a link to the settings opens them', async () => {
    const alice = await (await person(browser, demo, 'alice')).signIn();
    await alice.page.goto(`${demo.web}/settings`);
    await alice.page.locator('main.settings h1').waitFor();
    await alice.context.close();
  });
});

describe('without local storage', () => {
  let demo, browser;
  before(async () => {
    [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  // The getter throws where the user blocks site data, and returns null where storage is switched off.
  for (const [what, storage] of [['throws', 'throw new DOMException("denied", "SecurityError")'], ['is null', 'return null']]) {
    test(`messages are read and written where localStorage ${what}`, async () => {
      const alice = await person(browser, demo, 'alice');
      await alice.page.addInitScript(`Object.defineProperty(window, 'localStorage', { get() { ${storage}; } })`);
      await alice.signIn();
      await alice.page.locator('.row[data-id]').first().click();
      await alice.page.locator('.message h1').waitFor();
      await alice.write({ to: 'bob@glasspost.test', subject: `storage ${what}`, text: 'hello' });
      await alice.send();
      await alice.page.locator('.notice .is-delivered').waitFor();
      assert.deepEqual(alice.errors, []);
      await alice.context.close();
    });
  }
});
