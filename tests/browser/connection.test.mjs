// Losing and restoring the connection: no typed text is lost, missed messages arrive, the page is
// not reloaded.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startBrowser, startDemo, waitFor } from './demo.mjs';
import { person } from './webmail.mjs';

describe('connection', () => {
  let demo, browser, alice, bob;
  before(async () => {
    [demo, browser] = await Promise.all([startDemo({ keepPorts: true }), startBrowser()]);
    alice = await (await person(browser, demo, 'alice')).signIn();
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  test('a banner reports the loss, and text typed meanwhile is kept', async () => {
    await alice.page.evaluate(() => { window.sameTab = true; });
    await alice.write({ to: 'bob@glasspost.test', subject: 'over the break', text: 'begun before' });
    await demo.halt();
    await alice.page.getByText('Connection lost. Reconnecting…').waitFor();
    await alice.page.locator('.compose textarea').fill('begun before, written on while the server was away');
  });

  test('it reconnects without a reload, and the message can be sent', async () => {
    await demo.resume();
    await alice.page.getByText('Connection lost. Reconnecting…').waitFor({ state: 'hidden', timeout: 30_000 });
    assert.equal(await alice.page.evaluate(() => window.sameTab), true);
    assert.equal(await alice.page.locator('.compose textarea').inputValue(), 'begun before, written on while the server was away');
    await alice.send();
    await alice.page.locator('.notice .is-delivered').waitFor();
  });

  test('messages that arrived while offline are fetched as changes', async () => {
    bob = await (await person(browser, demo, 'bob')).signIn();
    await bob.row('over the break').waitFor();
    await alice.context.setOffline(true);
    await bob.write({ to: 'alice@glasspost.test', subject: 'while you were away', text: 'hello' });
    await bob.send();
    await bob.page.locator('.notice .is-delivered').waitFor();
    await alice.context.setOffline(false);
    await waitFor('the message', 60_000, async () => (await alice.row('while you were away').count()) > 0);
    assert.equal(await alice.page.evaluate(() => window.sameTab), true);
  });
});
