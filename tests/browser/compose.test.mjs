// Compose windows: several messages at once, closing, discarding, two tabs, signing out, many
// recipients, the clipboard and input methods.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { settled, startBrowser, startDemo, waitFor } from './demo.mjs';
import { DOT, person } from './webmail.mjs';

describe('compose windows', () => {
  let demo, browser, alice;
  before(async () => {
    [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
    alice = await (await person(browser, demo, 'alice')).signIn();
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  const opened = (page = alice.page) => page.locator('.compose:not(.minimised)');
  const body = (page) => opened(page).locator('textarea');
  const saved = (page) => opened(page).locator('.saved', { hasText: 'Draft saved' }).waitFor();
  const noWindows = (page = alice.page) => page.locator('.compose').waitFor({ state: 'detached' });
  const discard = (page = alice.page) => opened(page).getByRole('button', { name: 'Discard draft' }).click();
  /** A second tab of the same browser. */
  const secondTab = async () => {
    const page = await alice.context.newPage();
    page.setDefaultTimeout(10_000);
    await page.goto(`${demo.web}/mail/drafts`);
    return page;
  };
  /**
   * Pastes content such as `{ 'text/plain': …, file: true }` into the focused element.
   * Returns whether the paste was left to the browser.
   */
  const paste = (page, content) => page.evaluate(({ content, dot }) => {
    const data = new DataTransfer();
    for (const [type, value] of Object.entries(content)) {
      if (type !== 'file') data.setData(type, value);
    }
    if (content.file) data.items.add(new File([Uint8Array.from(atob(dot), (c) => c.charCodeAt(0))], 'image.png', { type: 'image/png' }));
    return document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, { content, dot: DOT.toString('base64') });

  test('a second message does not affect the first', async () => {
    await alice.write({ to: 'bob@glasspost.test', subject: 'first of two', text: 'The first text.' });
    await alice.page.locator('.compose-button').click();
    await alice.page.locator('.compose.minimised', { hasText: 'first of two' }).waitFor();
    assert.equal(await body().inputValue(), '');
    await opened().locator('[name=subject]').fill('second of two');
    await body().fill('The second text.');
    await discard();
    // A click anywhere on the bar opens the window.
    await alice.page.locator('.compose.minimised .compose-head').click({ position: { x: 60, y: 20 } });
    await waitFor('the first text', 5_000, async () => (await body().inputValue()) === 'The first text.');
    await saved();
    await opened().getByRole('button', { name: 'Save and close' }).click();
    await noWindows();
    await alice.folder('drafts');
    await alice.row('first of two').waitFor();
    assert.equal(await alice.row('second of two').count(), 0);
    await alice.folder('trash');
    await alice.row('second of two').waitFor();
  });

  test('a closed draft is not reopened by a reload', async () => {
    await alice.write({ to: 'bob@glasspost.test', subject: 'closed at once', text: 'Closed before it was saved.' });
    await alice.page.keyboard.press('Escape');
    await noWindows();
    await alice.page.reload();
    await alice.page.locator('.compose-button').waitFor();
    await alice.folder('drafts');
    await alice.row('closed at once').waitFor();
    assert.equal(await alice.page.locator('.compose').count(), 0);
  });

  test('discarding can be undone', async () => {
    await alice.write({ to: 'bob@glasspost.test', subject: 'thrown away', text: 'Not for ever.' });
    await discard();
    await noWindows();
    await alice.page.locator('.notice', { hasText: 'Draft discarded' }).getByRole('button', { name: 'Undo' }).click();
    await waitFor('the text', 5_000, async () => (await body().inputValue()) === 'Not for ever.');
    await saved();
    await opened().getByRole('button', { name: 'Save and close' }).click();
    await noWindows();
    await alice.folder('trash');
    assert.equal(await alice.row('thrown away').count(), 0);
  });

  test('an expanded window can be minimised', async () => {
    await alice.page.locator('.compose-button').click();
    await opened().getByRole('button', { name: 'Expand' }).click();
    await opened().getByRole('button', { name: 'Minimise' }).click();
    const box = await alice.page.locator('.compose.minimised').boundingBox();
    assert.ok(box.height < 64 && box.y + box.height > 800, JSON.stringify(box));
    await alice.page.locator('.compose.minimised').getByRole('button', { name: 'Save and close' }).click();
    await noWindows();
  });

  test('Send is visible with many recipients at every width', async () => {
    const many = Array.from({ length: 200 }, (_, n) => `person${n}@many.test`);
    await alice.page.locator('.compose-button').click();
    await opened().locator('[name=to]').focus();
    assert.equal(await paste(alice.page, { 'text/plain': many.join('\n') }), false);
    await opened().locator('.chip.fold', { hasText: '200 recipients' }).waitFor();
    for (const [width, height] of [[1360, 860], [1024, 640], [390, 780], [360, 560]]) {
      await alice.page.setViewportSize({ width, height });
      for (const unfold of [false, true]) {
        if (unfold && await opened().locator('.chip.fold').count()) await opened().locator('.chip.fold').click();
        const box = await opened().locator('.compose-foot .primary').boundingBox();
        assert.ok(box && box.y + box.height <= height && box.x >= 0, `${width} ${unfold} ${JSON.stringify(box)}`);
        assert.ok((await body().boundingBox()).height >= 60);
      }
    }
    await alice.page.setViewportSize({ width: 1360, height: 860 });
    assert.equal(await opened().locator('.chip').count(), 200);
    await discard();
    await noWindows();
  });

  test('the later of two conflicting tabs shows both versions', async () => {
    await alice.write({ to: 'bob@glasspost.test', subject: 'in two tabs', text: 'As it was.' });
    await saved();
    const other = await secondTab();
    await other.locator('.row[data-id]', { hasText: 'in two tabs' }).click();
    await waitFor('the text', 5_000, async () => (await body(other).inputValue().catch(() => '')) === 'As it was.');
    // Both change the draft before either is saved.
    await body(other).fill('From the other tab.');
    await body().fill('From this tab.');
    const loser = await Promise.race([alice.page, other].map((page) => page.locator('.collision').waitFor().then(() => page)));
    const [mine, theirs] = loser === other ? ['From the other tab.', 'From this tab.'] : ['From this tab.', 'From the other tab.'];
    const texts = await loser.locator('.version-text').allTextContents();
    assert.deepEqual(texts, [mine, theirs]);
    await alice.screenshot('collision');
    await loser.getByRole('button', { name: 'Keep both' }).click();
    await saved(loser);
    await other.close();
    await alice.page.reload();
    await alice.folder('drafts');
    await waitFor('two drafts', 5_000, async () => (await alice.page.locator('.row[data-id]', { hasText: 'in two tabs' }).count()) === 2);
  });

  test('a message sent in one tab is reported in the other and leaves no draft', async () => {
    await alice.write({ to: 'bob@glasspost.test', subject: 'sent from a tab', text: 'Once only.' });
    await saved();
    const other = await secondTab();
    await other.locator('.row[data-id]', { hasText: 'sent from a tab' }).click();
    await body(other).waitFor();
    await alice.send();
    await noWindows();
    await other.locator('.collision', { hasText: 'already been sent' }).waitFor();
    await other.getByRole('button', { name: 'Close window' }).click();
    await noWindows(other);
    assert.equal(await other.locator('.row[data-id]', { hasText: 'sent from a tab' }).count(), 0);
    await other.close();
  });

  test('signing out in one tab keeps the unsaved message of another', async () => {
    const other = await secondTab();
    await alice.page.locator('.compose-button').click();
    await opened().locator('[name=subject]').fill('cut off');
    await body().fill('Words that were not saved yet.');
    await other.getByRole('button', { name: 'Sign out' }).click();
    await alice.page.getByText('You signed out in another tab').waitFor();
    await alice.page.locator('#address').fill(alice.account.address);
    await alice.page.locator('#password').fill(alice.account.password);
    await alice.page.locator('.sign-in button[type=submit]').click();
    await waitFor('the text', 8_000, async () => (await body().inputValue().catch(() => '')) === 'Words that were not saved yet.');
    await other.close();
    await discard();
    await noWindows();
  });

  test('pasting prefers text over a picture', async (t) => {
    await alice.page.locator('.compose-button').click();
    await body().focus();
    assert.equal(await paste(alice.page, { 'text/plain': 'a\tb', 'text/html': '<table><tr><td>a</td><td>b</td></tr></table>', file: true }), true, 'inserted by the browser');
    assert.equal(await opened().locator('.file').count(), 0);
    assert.equal(await paste(alice.page, { 'text/html': '<p>one <b>two</b></p><ul><li>three</li></ul>' }), false);
    assert.equal(await body().inputValue(), 'one two\nthree');
    assert.equal(await paste(alice.page, { file: true }), false);
    await opened().locator('.file', { hasText: 'image.png' }).waitFor();
    await paste(alice.page, { file: true });
    await opened().locator('.file', { hasText: 'image (2).png' }).waitFor();
    await body().fill('');
    const begin = Date.now();
    assert.equal(await paste(alice.page, { 'text/plain': 'a line of text\n'.repeat(50_000) }), false);
    await alice.page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); }));
    t.diagnostic(`50,000 lines shown ${Date.now() - begin} ms after they were pasted`);
    await body().fill('');
    await paste(alice.page, { 'text/plain': 'nothing\0 odd' });
    assert.equal(await body().inputValue(), 'nothing odd');
    await discard();
    await noWindows();
  });

  test('typed recipients are parsed correctly', async () => {
    await alice.page.locator('.compose-button').click();
    const field = opened().locator('[name=to]');
    await field.pressSequentially('"Marsh, Ann" <ann@m.test>,');
    await opened().locator('.chip', { hasText: 'Marsh, Ann' }).waitFor();
    await field.fill('wang＠m。test；');
    await opened().locator('.chip:not(.bad)', { hasText: 'wang@m.test' }).waitFor();
    await field.fill('a@@m.test');
    await field.press('Enter');
    await opened().locator('.chip.bad', { hasText: 'a@@m.test' }).waitFor();
    await field.fill('ben\u200b@m.test');
    await field.press('Enter');
    await opened().locator('.chip.bad', { hasText: 'ben[U+200B]@m.test' }).waitFor();
    await field.fill('ben@192.0.2.1');
    await field.press('Enter');
    await opened().locator('.chip.bad:not(.unusual)', { hasText: 'ben@192.0.2.1' }).waitFor();
    await field.fill('x@example');
    await field.press('Enter');
    await opened().locator('.chip.unusual', { hasText: 'x@example' }).waitFor();
    assert.equal(await opened().locator('.chip').count(), 6);
    await discard();
    await noWindows();
  });

  test('a refused recipient is marked and can be corrected, and nobody received the message', async () => {
    await alice.write({ to: 'bob@glasspost.test', subject: 'one of two', text: 'x' });
    const field = opened().locator('[name=to]');
    await field.fill('bbo@glasspost.test');
    await field.press('Enter');
    await alice.send();
    await opened().locator('.wrong', { hasText: 'was not sent to anyone' }).waitFor();
    assert.equal(await opened().locator('.chip.bad').count(), 1);
    await opened().locator('.chip.bad', { hasText: 'bbo@' }).dblclick();
    await waitFor('the address', 3_000, async () => (await field.inputValue()) === 'bbo@glasspost.test');
    await field.fill('bob@glasspost.test');
    await field.press('Enter');
    await alice.send();
    await noWindows();
  });

  test('keys of an input method trigger no action', async () => {
    await alice.write({ to: 'bob@glasspost.test', subject: 'composing', text: '你好' });
    const key = (selector, init) => alice.page.evaluate(({ selector, init }) => {
      const event = new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init });
      document.querySelector(`.compose:not(.minimised) ${selector}`).dispatchEvent(event);
    }, { selector, init });
    await key('textarea', { key: 'Enter', ctrlKey: true, isComposing: true });
    await key('textarea', { key: 'Enter', ctrlKey: true, keyCode: 229 });
    await opened().locator('[name=to]').fill('hui');
    await key('[name=to]', { key: 'Enter', keyCode: 229 });
    await opened().locator('[name=to]').focus();
    await key('[name=to]', { key: 'Escape', keyCode: 229 });
    await settled(alice.page);
    assert.equal(await opened().count(), 1, 'neither sent nor closed');
    assert.equal(await opened().locator('.chip').count(), 1, 'no new recipient');
    await discard();
    await noWindows();
  });

  test('minimised messages can be opened on a phone', async () => {
    const phone = await (await person(browser, demo, 'teacher', { width: 390, height: 780, hasTouch: true })).signIn();
    for (const subject of ['one', 'two', 'three']) {
      await phone.page.keyboard.press('c');
      await opened(phone.page).locator('[name=subject]').fill(subject);
      await opened(phone.page).getByRole('button', { name: 'Minimise' }).click();
    }
    for (const subject of ['two', 'one']) {
      await phone.page.locator('.compose.minimised', { hasText: subject }).locator('h2').click();
      await waitFor(`the message “${subject}”`, 5_000, async () => (await opened(phone.page).locator('[name=subject]').inputValue()) === subject);
    }
    assert.deepEqual(phone.errors, []);
    await phone.close();
  });

  test('the page logged no errors', () => assert.deepEqual(alice.errors, []));
});
