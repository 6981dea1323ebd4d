// Actions on messages and folders: flags, moves and undo, deletion, bulk actions; by pointer and by
// keyboard alone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startBrowser, startDemo, waitFor } from './demo.mjs';
import { person } from './webmail.mjs';

describe('message actions', () => {
  let demo, browser, alice, page;
  before(async () => {
    [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
    alice = await (await person(browser, demo, 'alice')).signIn();
    page = alice.page;
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  test('a star persists after a reload', async () => {
    await alice.row('Friday').or(alice.row('周五的午餐')).first().hover();
    await alice.row('周五的午餐').getByRole('button', { name: 'Star' }).click();
    await alice.row('周五的午餐').locator('.star.on').waitFor();
    await page.reload();
    await alice.row('周五的午餐').locator('.star.on').waitFor();
    await page.locator('.folder', { hasText: 'Starred' }).click();
    await alice.row('周五的午餐').waitFor();
    await alice.folder('inbox');
  });

  test('a move can be undone', async () => {
    await alice.open('No. 48');
    await page.locator('.message-bar').getByRole('button', { name: 'Archive' }).click();
    await alice.row('No. 48').waitFor({ state: 'detached' });
    await page.locator('.notice').getByText('1 message moved to Archive').waitFor();
    await page.locator('.notice').getByText('Undo').click();
    await alice.row('No. 48').waitFor();
    // It was open, so it opens again.
    await page.locator('.message h1', { hasText: 'No. 48' }).waitFor();
  });

  test('deleting moves to Trash; permanent deletion asks first', async () => {
    await alice.open('Your mailbox will be closed today');
    await page.locator('.message-bar').getByRole('button', { name: 'Delete' }).click();
    await alice.row('Your mailbox will be closed').waitFor({ state: 'detached' });
    await alice.folder('trash');
    await alice.open('Your mailbox will be closed');
    await page.locator('.message-bar').getByRole('button', { name: 'Delete permanently' }).click();
    await page.getByText('This can’t be undone.').waitFor();
    await page.locator('dialog').getByRole('button', { name: 'Delete permanently' }).click();
    await page.getByText('Trash is empty').waitFor();
    await alice.folder('inbox');
  });

  test('messages selected with Shift are moved together', async () => {
    const total = await page.locator('.row[data-id]').count();
    await page.locator('.row[data-id]').nth(0).locator('.pick button').click();
    await page.locator('.row[data-id]').nth(2).click({ modifiers: ['Shift'] });
    await page.getByText('3 selected').waitFor();
    await page.locator('.listing-actions').getByRole('button', { name: 'Move to…' }).click();
    await page.locator('dialog input').fill('arch');
    await page.keyboard.press('Enter');
    await waitFor('three rows fewer', 5_000, async () => (await page.locator('.row[data-id]').count()) === total - 3);
    await page.keyboard.press('z');
    await waitFor('all rows again', 5_000, async () => (await page.locator('.row[data-id]').count()) === total);
  });

  test('a folder is created, renamed and deleted', async () => {
    await page.getByRole('button', { name: 'New folder' }).click();
    await page.locator('dialog input').fill('课程 / 作业');
    await page.locator('dialog .hint', { hasText: '“作业” inside “课程”' }).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.folder', { hasText: '作业' }).waitFor();
    await page.locator('.folder', { hasText: '作业' }).hover();
    await page.getByRole('button', { name: 'Rename 作业' }).click();
    await page.locator('dialog input').fill('课程/练习');
    await page.keyboard.press('Enter');
    await page.locator('.folder', { hasText: '练习' }).hover();
    await page.getByRole('button', { name: 'Delete 练习' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Delete folder' }).click();
    await page.locator('.folder', { hasText: '练习' }).waitFor({ state: 'detached' });
  });

  test('the webmail can be used by keyboard alone', async () => {
    await alice.folder('inbox');
    await page.locator('.row[data-id]').first().waitFor();
    const cursor = () => page.evaluate(() => document.activeElement?.closest('.row')?.dataset.id ?? null);
    await page.keyboard.press('j');
    await waitFor('a focused row', 3_000, cursor);
    const first = await cursor();
    await page.keyboard.press('j');
    await waitFor('the next row', 3_000, async () => (await cursor()) !== first);
    await page.keyboard.press('x');
    await page.getByText('1 selected').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('k');
    await page.keyboard.press('Enter');
    await page.locator('.message h1').waitFor();
    await page.keyboard.press('s');
    await page.locator('.row.open .star.on').waitFor();
    const subject = await page.locator('.message h1').innerText();
    await page.keyboard.press('e');
    await page.locator('.message h1').waitFor({ state: 'detached' });
    await waitFor('a focused row again', 3_000, cursor);
    await page.locator('.notice').getByText('moved to Archive').waitFor();
    await page.keyboard.press('z');
    await alice.row(subject).waitFor();
    await page.keyboard.press('?');
    await page.locator('dialog[open]').getByText('Keyboard shortcuts').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog[open]').waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await page.locator('.listing-title h1', { hasText: 'Sent' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('451');
    await page.locator('.row mark', { hasText: '451' }).first().waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('c');
    await waitFor('the recipient field', 3_000, () => page.evaluate(() => document.activeElement?.name === 'to'));
    await page.keyboard.press('Escape');
    await page.locator('.compose').waitFor({ state: 'detached' });
  });

  test('a key pressed immediately after Escape is a shortcut', async () => {
    await alice.folder('inbox');
    await page.locator('.row[data-id]').first().waitFor();
    await page.locator('.search input').focus();
    const strike = (key) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    await page.evaluate(`(${strike})('Escape'); (${strike})('c');`);
    await waitFor('the recipient field', 3_000, () => page.evaluate(() => document.activeElement?.name === 'to'));
    await page.keyboard.press('Escape');
    await page.locator('.compose').waitFor({ state: 'detached' });
  });

  test('every action of an open message can be reached by Tab', async () => {
    await alice.folder('inbox');
    await page.locator('.row[data-id]').first().click();
    await page.locator('.message h1').waitFor();
    const reached = new Set();
    await page.locator('.search input').focus();
    for (let i = 0; i < 60; i += 1) {
      await page.keyboard.press('Tab');
      const name = await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim() ?? '');
      reached.add(name);
    }
    for (const wanted of ['Reply', 'Reply all', 'Forward', 'Archive', 'Delete', 'Mark as junk', 'Move to…', 'View source']) {
      assert.ok(reached.has(wanted), `${wanted} among ${[...reached].join(' | ')}`);
    }
  });

  test('the page logged no errors', () => assert.deepEqual(alice.errors, []));
});
