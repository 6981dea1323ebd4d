// Writing: from typing to the recipient's open tab, drafts, and the delivery status.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startBrowser, startDemo, waitFor } from './demo.mjs';
import { DOT, person } from './webmail.mjs';

describe('writing', () => {
  let demo, browser, alice, bob;
  before(async () => {
    [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
    [alice, bob] = await Promise.all(['alice', 'bob'].map(async (name) => (await person(browser, demo, name)).signIn()));
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  test('a message with a picture appears in the recipient’s open tab', async (t) => {
    await alice.write({ to: bob.account.address, subject: 'A dot 一个点', text: 'See the picture.\n\nAlice', files: [{ name: 'dot.png', mimeType: 'image/png', buffer: DOT }] });
    const seen = bob.page.evaluate(() => new Promise((resolve) => {
      new MutationObserver(() => {
        if ([...document.querySelectorAll('.row .subject')].some((e) => e.textContent.includes('A dot 一个点'))) resolve(Date.now());
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    }));
    const sent = Date.now();
    await alice.send();
    t.diagnostic(`seen ${(await seen) - sent} ms after it was sent; the goal is a second`);
    await alice.page.locator('.compose').waitFor({ state: 'detached' });
    await alice.page.locator('.notice .is-delivered').waitFor();
    assert.match(await bob.page.title(), /^\(\d+\)/);
    await bob.open('A dot');
    await bob.page.locator('.file.thumb', { hasText: 'dot.png' }).waitFor();
  });

  test('a message in Sent shows its delivery status', async () => {
    await alice.folder('sent');
    await alice.open('A dot');
    await alice.page.locator('.recipient-statuses li', { hasText: bob.account.address }).filter({ hasText: 'Delivered' }).waitFor();
  });

  test('a reply quotes, goes to the sender, and marks the message as answered', async () => {
    await bob.page.locator('.message-bar').getByText('Reply', { exact: true }).click();
    const composeWindow = bob.page.locator('.compose');
    await composeWindow.waitFor();
    assert.match(await composeWindow.locator('textarea').inputValue(), /> See the picture\./);
    assert.equal(await composeWindow.locator('[name=subject]').inputValue(), 'Re: A dot 一个点');
    // The caret is above the quotation.
    await waitFor('the text', 3_000, () => bob.page.evaluate(() => document.activeElement?.tagName === 'TEXTAREA'));
    await bob.page.keyboard.type('Seen, thanks!\n');
    assert.match(await composeWindow.locator('textarea').inputValue(), /^Seen, thanks!\n[^]*> See the picture\./);
    await bob.page.keyboard.press('Control+Enter');
    await bob.page.locator('.row.open .mark').first().waitFor();
    await alice.folder('inbox');
    await alice.open('Re: A dot');
    await alice.page.locator('.prose', { hasText: 'Seen, thanks!' }).waitFor();
  });

  test('forwarding includes the attachments', async () => {
    await bob.page.keyboard.press('f');
    const composeWindow = bob.page.locator('.compose');
    await composeWindow.locator('.file', { hasText: 'dot.png' }).waitFor();
    await composeWindow.locator('[name=to]').fill('alice');
    await composeWindow.locator('.offers li').first().waitFor();
    await composeWindow.locator('[name=to]').press('Enter');
    await composeWindow.locator('.chip', { hasText: /alice/i }).waitFor();
    await bob.page.keyboard.press('Control+Enter');
    await composeWindow.waitFor({ state: 'detached' });
    await alice.page.locator('.row', { hasText: 'Fwd: A dot' }).first().waitFor();
    await alice.open('Fwd: A dot');
    await alice.page.locator('.file', { hasText: 'dot.png' }).waitFor();
  });

  test('a missing attachment asks for confirmation before sending', async () => {
    await alice.write({ to: bob.account.address, subject: 'promised', text: 'The file is attached.' });
    await alice.send();
    await alice.page.getByText('Forgot an attachment?').waitFor();
    await alice.page.getByRole('button', { name: 'Cancel' }).click();
    await alice.page.locator('.compose textarea').waitFor();
  });

  test('a saved draft can be continued', async () => {
    await alice.page.locator('.compose textarea').fill('A draft that stays.');
    await alice.page.locator('.compose .saved', { hasText: 'Draft saved' }).waitFor();
    await alice.page.getByRole('button', { name: 'Save and close' }).click();
    await alice.folder('drafts');
    await alice.row('promised').click();
    await waitFor('the text', 5_000, async () => (await alice.page.locator('.compose textarea').inputValue()) === 'A draft that stays.');
  });

  test('closing the tab loses no text', async () => {
    await alice.page.locator('.compose textarea').fill('Typed just before the tab was closed.');
    await alice.page.close({ runBeforeUnload: false });
    alice.page = await alice.context.newPage();
    await alice.page.goto(demo.web);
    await waitFor('the text', 8_000, async () => (await alice.page.locator('.compose textarea').inputValue().catch(() => '')) === 'Typed just before the tab was closed.');
    await alice.page.getByRole('button', { name: 'Discard draft' }).click();
    await alice.page.locator('.compose').waitFor({ state: 'detached' });
  });

  test('the reason that blocks sending is shown', async () => {
    await alice.page.locator('.compose-button').click();
    await alice.page.locator('.compose-foot .primary').click();
    await alice.page.getByText('Add at least one recipient.').waitFor();
    await alice.page.locator('[name=to]').fill('nonsense');
    await alice.page.locator('[name=to]').press('Enter');
    await alice.page.getByText('isn’t a valid email address').waitFor();
    await alice.page.getByRole('button', { name: 'Discard draft' }).click();
  });

  test('the pages logged no errors', () => assert.deepEqual([...alice.errors, ...bob.errors], []));
});
