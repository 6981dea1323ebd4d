// The message list: order, selecting all, folders, search, notifications, and the list on a phone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startBrowser, startDemo, waitFor } from './demo.mjs';
import { imap, plain } from './imap.mjs';
import { person } from './webmail.mjs';

/** The ages of the messages in days, in the order in which they are appended. */
const SHUFFLED = [7, 2, 11, 0, 9, 4, 1, 8, 3, 10, 5, 6];
const DAY = 86_400_000;

describe('message list', () => {
  let demo, browser, alice, page, mail;
  before(async () => {
    [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
    mail = await imap(demo, demo.account('alice'));
    await mail.command('CREATE "Sorted"');
    for (const age of SHUFFLED) {
      const date = new Date(Date.UTC(2026, 0, 20, 12) - age * DAY);
      const text = 'x'.repeat(200 * ((age * 5) % 12));
      await mail.append('Sorted', plain({ from: `P${String.fromCharCode(65 + ((age * 7) % 12))} <p@elsewhere.test>`, subject: `n${String(age).padStart(2, '0')}`, text, date }), { date });
    }
    alice = await (await person(browser, demo, 'alice')).signIn();
    page = alice.page;
  });
  after(async () => {
    mail?.close();
    await browser?.close();
    await demo?.stop();
  });

  const subjects = () => page.locator('.row[data-id] .subject').allTextContents();
  const inOrder = (ages) => ages.map((age) => `n${String(age).padStart(2, '0')}`);
  const ages = [...Array(12).keys()];
  const openSorted = async () => {
    await page.locator('.folder', { hasText: 'Sorted' }).locator('a').click();
    await page.locator('.listing-title h1', { hasText: 'Sorted' }).waitFor();
  };
  const shows = (what, expected) => waitFor(what, 5_000, async () => JSON.stringify((await subjects()).map((s) => s.trim())) === JSON.stringify(expected));

  test('the list is ordered by date, also after a move and its undo', async () => {
    await openSorted();
    await shows('newest first', inOrder(ages));
    await alice.row('n11').locator('.pick button').click();
    await page.locator('.listing-actions').getByRole('button', { name: 'Archive' }).click();
    await shows('one message fewer', inOrder(ages.slice(0, 11)));
    await page.locator('.notice').getByText('Undo').click();
    await shows('the oldest message at the end again', inOrder(ages));
    const date = new Date(Date.UTC(2026, 0, 20, 12) - 4.5 * DAY);
    await mail.append('Sorted', plain({ subject: 'between', date }), { date });
    await waitFor('the new message between the fourth and the fifth day', 5_000, async () => (await subjects()).indexOf('between') === 5);
    await alice.row('between').locator('.pick button').click();
    await page.locator('.listing-actions').getByRole('button', { name: 'Delete' }).click();
    await shows('the twelve', inOrder(ages));
  });

  test('each folder keeps its selected order', async () => {
    await openSorted();
    const by = (rank) => inOrder([...ages].sort((a, b) => rank(a) - rank(b)));
    for (const [order, rank] of [['oldest', (age) => -age], ['sender', (age) => (age * 7) % 12], ['size', (age) => -((age * 5) % 12)], ['subject', (age) => age]]) {
      await page.locator('select.order').selectOption(order);
      await shows(order, by(rank));
    }
    await page.locator('select.order').selectOption('oldest');
    await page.reload();
    await shows('oldest first after a reload', by((age) => -age));
    await alice.folder('inbox');
    assert.equal(await page.locator('select.order').inputValue(), 'newest');
    await openSorted();
    await page.locator('select.order').selectOption('newest');
    await shows('newest first', inOrder(ages));
  });

  test('list and open message show the same date', async () => {
    await mail.append('Sorted', plain({ subject: 'delayed message', date: new Date(Date.UTC(2025, 4, 1)) }), { date: new Date(Date.UTC(2026, 0, 25, 12)) });
    await openSorted();
    await alice.open('delayed message');
    const listed = await alice.row('delayed message').locator('time').getAttribute('title');
    assert.equal(await page.locator('.head time').getAttribute('title'), listed);
    await page.locator('.headers > summary').click();
    await page.locator('.headers dt', { hasText: 'Sent' }).waitFor();
    await page.keyboard.press('#');
    await alice.row('delayed message').waitFor({ state: 'detached' });
  });

  test('all messages of a folder are selected, marked and moved, and the move is undone', async () => {
    await mail.command('CREATE "Pile"');
    for (let i = 0; i < 130; i += 1) await mail.append('Pile', plain({ subject: `pile ${i}` }));
    await page.locator('.folder', { hasText: 'Pile' }).locator('a').click();
    await page.locator('.listing-title .count', { hasText: '130' }).waitFor();
    await page.locator('.select-all').click();
    await page.getByRole('button', { name: 'Select all 130 messages in Pile' }).click();
    await page.getByRole('toolbar', { name: 'Actions' }).getByText('130 selected').waitFor();
    await page.getByText('All 130 messages are selected.').waitFor();
    await page.locator('.listing-actions').getByRole('button', { name: 'Mark as read' }).first().click();
    await page.locator('.folder', { hasText: 'Pile' }).locator('.count').waitFor({ state: 'detached' });
    await page.locator('.listing-actions').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('This folder is empty').waitFor();
    await page.locator('.notice', { hasText: '130 messages moved to Trash' }).getByText('Undo').click();
    await page.locator('.listing-title .count', { hasText: '130' }).waitFor();
    await alice.row('pile').waitFor();
  });

  test('all results of a search can be selected', async () => {
    await page.goto(`${demo.web}/mail/search?q=${encodeURIComponent('subject:pile')}`);
    await page.locator('.listing-title .count', { hasText: '130' }).waitFor();
    await page.locator('.select-all').click();
    await page.getByRole('button', { name: 'Select all results' }).click();
    await page.getByRole('toolbar', { name: 'Actions' }).getByText('130 selected').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('toolbar', { name: 'Actions' }).getByText('130 selected').waitFor({ state: 'detached' });
  });

  test('deleting a folder moves its messages to Trash, and can be undone', async () => {
    await mail.command('CREATE "Pile/Below"');
    await mail.append('Pile/Below', plain({ subject: 'from below' }));
    await alice.folder('inbox');
    await page.locator('.folder', { hasText: 'Below' }).waitFor();
    await page.locator('.folder', { hasText: 'Pile' }).first().hover();
    await page.getByRole('button', { name: 'Delete Pile' }).click();
    await page.locator('dialog').getByText('1 subfolder (Below) will be deleted too. 131 messages will be moved to Trash.').waitFor();
    await page.locator('dialog').getByRole('button', { name: 'Delete folder' }).click();
    await page.locator('.folder', { hasText: 'Below' }).waitFor({ state: 'detached' });
    await page.locator('.notice', { hasText: 'Pile deleted, 131 messages moved to Trash' }).getByText('Undo').click();
    await page.locator('.folder', { hasText: 'Below' }).locator('a').click();
    await alice.row('from below').waitFor();
    await page.locator('.folder', { hasText: 'Pile' }).first().locator('a').click();
    await page.locator('.listing-title .count', { hasText: '130' }).waitFor();
  });

  test('a search supports exclusion and OR, and reports what it does not understand', async () => {
    const search = async (query) => {
      await page.goto(`${demo.web}/mail/search?q=${encodeURIComponent(query)}`);
      await page.locator('.row[data-id], .nothing.rows').first().waitFor();
      return (await subjects()).map((s) => s.trim());
    };
    assert.deepEqual(await search('in:Sorted subject:n0 -subject:n09 -n08 older_than:1d'), inOrder([0, 1, 2, 3, 4, 5, 6, 7]));
    assert.deepEqual(await search('in:Sorted subject:n03 OR subject:n05'), inOrder([3, 5]));
    assert.deepEqual(await search('in:Sorted before:2026-01-12'), inOrder([9, 10, 11]));
    assert.equal(await page.locator('.search-notes').count(), 0);
    await search('label:work');
    await page.locator('.search-notes', { hasText: 'There is no filter “label:”' }).waitFor();
    await search('in:nowhere');
    await page.locator('.search-notes', { hasText: 'There is no folder “nowhere”' }).waitFor();
    await search('before:soon');
    await page.locator('.search-notes', { hasText: '“before:soon” isn’t understood' }).waitFor();
  });

  test('the search box stays on one line, and the folder name does not cover the star', async () => {
    await page.goto(`${demo.web}/mail/search?q=${encodeURIComponent('is:flagged has:attachment from:somebody-with-a-long-name subject:n')}`);
    await page.locator('.search-box .chip').nth(3).waitFor();
    const box = await page.locator('.search-box').boundingBox();
    assert.ok(box.height < 48, JSON.stringify(box));
    const clear = await page.locator('.search-box > .tool').boundingBox();
    assert.ok(clear.x + clear.width <= box.x + box.width + 1 && Math.abs(clear.y + clear.height / 2 - box.y - box.height / 2) < 4, JSON.stringify(clear));
    await page.goto(`${demo.web}/mail/search?q=n01`);
    await alice.row('n01').hover();
    const [where, star] = [await alice.row('n01').locator('.where').boundingBox(), await alice.row('n01').locator('.star .tool').boundingBox()];
    assert.ok(where.x + where.width <= star.x + 1, `${JSON.stringify(where)} ${JSON.stringify(star)}`);
  });

  test('an international domain is shown and found in Unicode', async () => {
    await mail.append('Sorted', plain({ from: 'info@xn--bcher-kva.test', subject: 'from abroad' }), { date: new Date(Date.UTC(2026, 0, 26)) });
    await openSorted();
    await alice.row('from abroad').locator('.who', { hasText: 'info@bücher.test' }).waitFor();
    await page.goto(`${demo.web}/mail/search?q=${encodeURIComponent('from:bücher.test')}`);
    await alice.row('from abroad').waitFor();
  });

  test('the text of a message to 600 people starts on the first screen', async () => {
    const to = Array.from({ length: 600 }, (_, n) => `Person ${n} <person${n}@many.test>`).join(',\r\n ');
    await mail.append('Sorted', plain({ to, subject: 'to very many', text: 'The first line.' }), { date: new Date(Date.UTC(2026, 0, 27)) });
    for (const [width, height] of [[1280, 800], [390, 780]]) {
      await page.setViewportSize({ width, height });
      await page.goto(`${demo.web}/mail/search?q=${encodeURIComponent('subject:"to very many"')}`);
      await alice.open('to very many');
      const text = await page.locator('.message-body').boundingBox();
      assert.ok(text.y + 40 < height, `${width}: ${JSON.stringify(text)}`);
      await page.locator('.headers > summary').click();
      await page.getByRole('button', { name: 'Show all 600' }).click();
      assert.equal(await page.locator('.headers .person').count() >= 600, true);
    }
    await page.setViewportSize({ width: 1360, height: 860 });
  });

  test('notifications disappear, do not accumulate, and never cover Send or the side buttons', async () => {
    const checkNotices = async (label, width) => {
      const send = await page.locator('.compose:not(.minimised) .compose-foot .primary').boundingBox();
      for (const notice of await page.locator('.notice').all()) {
        const box = await notice.boundingBox();
        if (!box) continue;
        const apart = box.x + box.width <= send.x || send.x + send.width <= box.x || box.y + box.height <= send.y || send.y + send.height <= box.y;
        assert.ok(apart, `${label}: ${JSON.stringify(box)} ${JSON.stringify(send)}`);
        const side = width > 1020 && !label.includes('expanded') && await page.locator('.foot-tools').boundingBox();
        if (side) assert.ok(side.x + side.width <= box.x || box.y + box.height <= side.y, `${label}: ${JSON.stringify(box)} ${JSON.stringify(side)}`);
        assert.ok(box.x >= 0 && box.y >= 0, `${label}: ${JSON.stringify(box)}`);
      }
    };
    await alice.folder('inbox');
    for (const width of [1360, 1920, 1101, 1024, 800, 390, 320]) {
      await page.setViewportSize({ width, height: 760 });
      await page.locator('.row[data-id]').first().waitFor();
      await page.keyboard.press('c');
      await page.locator('.compose [name=subject]').fill('thrown away');
      await page.locator('.compose').getByRole('button', { name: 'Discard draft' }).click();
      await page.locator('.notice', { hasText: 'Draft discarded' }).first().waitFor();
      await page.keyboard.press('Escape');
      await page.keyboard.press('c');
      await page.locator('.compose [name=to]').waitFor();
      await checkNotices(`${width}`, width);
      if (width > 720) {
        await page.locator('.compose').getByRole('button', { name: 'Expand' }).click();
        await checkNotices(`${width} expanded`, width);
      }
      await page.locator('.compose').getByRole('button', { name: 'Save and close' }).click();
      await page.locator('.compose').waitFor({ state: 'detached' });
      for (const close of await page.locator('.notice').getByRole('button', { name: 'Close' }).all()) await close.click().catch(() => {});
    }
    await page.setViewportSize({ width: 1360, height: 860 });
    await openSorted();
    for (let i = 0; i < 3; i += 1) {
      await alice.row('n00').locator('.pick button').click();
      await page.locator('.listing-actions').getByRole('button', { name: 'Archive' }).click();
      await alice.row('n00').waitFor({ state: 'detached' });
      await page.keyboard.press('z');
      await alice.row('n00').waitFor();
    }
    assert.equal(await page.locator('.notice', { hasText: 'Action undone' }).count(), 1);
    await page.locator('.search input').hover();
    await page.locator('.notice').first().waitFor({ state: 'detached', timeout: 20_000 });
    await waitFor('no notice', 15_000, async () => (await page.locator('.notice').count()) === 0);
  });

  test('on a phone the unread dot is visible, targets are large, and Compose covers no row', async () => {
    const phone = await (await person(browser, demo, 'alice', { width: 390, height: 780, hasTouch: true, isMobile: true })).signIn();
    const dots = await phone.page.locator('.row .dot').evaluateAll((all) => all.map((dot) => dot.getBoundingClientRect().x));
    assert.ok(dots.length > 0 && dots.every((x) => x >= 0), JSON.stringify(dots));
    for (const target of ['.row .star .tool', '.menu-button']) {
      const box = await phone.page.locator(target).first().boundingBox();
      assert.ok(box.width >= 40 && box.height >= 40, `${target} ${JSON.stringify(box)}`);
    }
    await phone.page.locator('.rows').evaluate((rows) => { rows.scrollTop = rows.scrollHeight; });
    await waitFor('the last row above the button', 5_000, async () => {
      const button = await phone.page.locator('.compose-float').boundingBox();
      const rows = await phone.page.locator('.row[data-id]').all();
      const bottoms = await Promise.all(rows.map(async (row) => { const box = await row.boundingBox(); return box ? box.y + box.height : 0; }));
      return Math.max(...bottoms) <= button.y + 1;
    });
    assert.deepEqual(phone.errors, []);
    await phone.close();
  });

  test('the first visit logs no warnings or errors', async () => {
    const context = await browser.newContext();
    const visitor = await context.newPage();
    const lines = [];
    visitor.on('console', (message) => { if (['error', 'warning'].includes(message.type())) lines.push(message.text()); });
    visitor.on('response', (response) => { if (response.status() >= 400) lines.push(`${response.status()} ${response.url()}`); });
    await visitor.goto(demo.web);
    await visitor.locator('#address').waitFor();
    await visitor.waitForLoadState('networkidle');
    assert.deepEqual(lines, []);
    await context.close();
  });

  test('an address of a folder that does not exist says so', async () => {
    await page.goto(`${demo.web}/mail/no-such-folder`);
    await page.locator('main.lost h1').waitFor();
    await page.locator('main.lost').getByRole('link').click();
    await page.locator('.row[data-id]').first().waitFor();
  });

  test('the page logged no errors', () => assert.deepEqual(alice.errors, []));
});
