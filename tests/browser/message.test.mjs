// The open message: mailto links, the frame around HTML, printing, replies and forwards.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { nothingFor, settled, startBrowser, startDemo, waitFor } from './demo.mjs';
import { deliver, message } from './inject.mjs';
import { fits, person } from './webmail.mjs';

const LINKS = `<ol>
<li><a href="mailto:wei@m.test?subject=%E4%BC%9A%E8%AE%AE%20A%26B&amp;body=one%0D%0Atwo+three">subject and lines</a></li>
<li><a href="mailto:?to=li@m.test&amp;cc=wang@m.test,zhao@m.test&amp;Subject=re%3A%20x">fields</a></li>
<li><a href="MAILTO:a@m.test,b@m.test?bcc=c@m.test&amp;attach=/etc/passwd&amp;from=boss@m.test&amp;body=%3Cb%3E">ignored fields</a></li>
</ol>`;

describe('the open message', () => {
  let demo, browser, alice;
  before(async () => {
    [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
    alice = await (await person(browser, demo, 'alice')).signIn();
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  const receive = async (parts) => {
    await deliver(demo, alice.account.address, message(parts));
    await alice.row(parts.subject).waitFor();
    await alice.open(parts.subject);
  };
  const composeWindow = () => alice.page.locator('.compose:not(.minimised)');
  const discard = async () => {
    await composeWindow().getByRole('button', { name: 'Discard draft' }).click();
    await alice.page.locator('.compose').waitFor({ state: 'detached' });
  };
  const chips = (line) => composeWindow().locator(`.line:has([name=${line}]) .chip`).allInnerTexts();
  const field = (name) => composeWindow().locator(`[name=${name}]`).inputValue();
  const text = () => composeWindow().locator('textarea').inputValue();
  const frame = () => alice.page.frameLocator('iframe.html');

  test('a bounce links to the failed message, from the message and from its journey', async () => {
    const { page } = alice;
    await alice.write({ to: 'bob@glasspost.test', subject: 'To be returned', text: 'x' });
    await alice.send();
    await alice.folder('sent');
    await alice.open('To be returned');
    const [, id] = /\/mail\/sent\/(\d+)/.exec(page.url());
    const source = await (await page.request.get(`${demo.web}/api/message/${id}/raw`)).text();
    const [, own] = /^Message-ID: *(<[^>]+>)/im.exec(source);
    const body = [
      '--b', 'Content-Type: text/plain', '', 'Sorry.',
      '--b', 'Content-Type: message/delivery-status', '', 'Reporting-MTA: dns; elsewhere.test', '',
      'Final-Recipient: rfc822; bob@elsewhere.test', 'Action: failed', 'Status: 5.1.1', '',
      '--b', 'Content-Type: text/rfc822-headers', '', `Message-ID: ${own}`, '', '--b--',
    ];
    await page.goto(`${demo.web}/mail/inbox`);
    await receive({ subject: 'Undelivered mail', type: 'multipart/report; report-type=delivery-status; boundary=b', body: body.join('\n') });
    const link = page.getByRole('link', { name: 'See the message that failed' });
    await link.waitFor();
    assert.match(await link.getAttribute('href'), new RegExp(`/mail/sent/${id}/journey$`));
    await page.locator('.strip .watch').click();
    await page.locator('.journey-page header').getByRole('link', { name: 'See the message that failed' }).click();
    await page.locator('.journey-page h1', { hasText: 'To be returned' }).waitFor();
    await page.locator('.journey-page svg').first().waitFor();
    await page.goto(`${demo.web}/mail/inbox`);
  });

  test('a mailto link in an HTML message starts a message with its fields', async () => {
    await receive({ subject: 'Three links', type: 'text/html', body: LINKS });
    const pages = alice.context.pages().length;
    await frame().getByText('subject and lines').click();
    await composeWindow().waitFor();
    assert.match((await chips('to')).join(), /wei@m\.test/);
    assert.equal(await field('subject'), '会议 A&B');
    assert.match(await text(), /^one\ntwo\+three/);
    // The message being written stays open.
    await frame().getByText('fields', { exact: true }).dispatchEvent('click');
    await alice.page.locator('.compose.minimised').waitFor();
    await waitFor('the subject', 3_000, async () => (await field('subject')) === 're: x');
    assert.match((await chips('to')).join(), /li@m\.test/);
    assert.match((await chips('cc')).join(), /wang@m\.test[^]*zhao@m\.test/);
    await composeWindow().getByRole('button', { name: 'Discard draft' }).click();
    await alice.page.locator('.compose.minimised .compose-head').click({ position: { x: 60, y: 20 } });
    await discard();
    await frame().getByText('ignored fields').click();
    await composeWindow().waitFor();
    assert.match((await chips('to')).join(), /a@m\.test[^]*b@m\.test/);
    assert.match((await chips('bcc')).join(), /c@m\.test/);
    assert.match(await text(), /^<b>/);
    assert.equal(await composeWindow().locator('.file').count(), 0);
    assert.equal(alice.context.pages().length, pages, 'no new tab was opened');
    await discard();
  });

  test('a mailto link in plain text or in the address bar starts a message', async () => {
    await receive({ subject: 'A link in a text', body: 'Write <mailto:user+tag@m.test?subject=a%20b>, please.' });
    await alice.page.locator('.prose a').click();
    await composeWindow().waitFor();
    assert.match((await chips('to')).join(), /user\+tag@m\.test/);
    assert.equal(await field('subject'), 'a b');
    await discard();
    await alice.page.goto(`${demo.web}/compose?mailto=${encodeURIComponent('mailto:zhang@m.test?subject=a%26b')}`);
    await composeWindow().waitFor();
    assert.equal(await field('subject'), 'a&b');
    await discard();
    await alice.page.goto(`${demo.web}/settings`);
    await alice.page.evaluate(() => { navigator.registerProtocolHandler = (...all) => { globalThis.registered = all.slice(0, 2); }; });
    await alice.page.getByRole('button', { name: 'Open email links with Glasspost' }).click();
    assert.deepEqual(await alice.page.evaluate(() => globalThis.registered), ['mailto', `${demo.web}/compose?mailto=%s`]);
    await alice.folder('inbox');
  });

  test('no script of a message runs, and its frame fits its content', async () => {
    await receive({
      subject: 'Active content', type: 'text/html',
      body: '<script>top.ran = 1</script><img src=x onerror="top.ran = 1"><svg onload="top.ran = 1"></svg><a href="javascript:top.ran=1">press</a>'
        + '<iframe srcdoc="<script>top.ran = 1</script>"></iframe><form action="/api/session"><button>go</button></form><p>Two lines,</p><p>no more.</p>',
    });
    const element = alice.page.locator('iframe.html');
    assert.doesNotMatch(await element.getAttribute('sandbox'), /allow-scripts|allow-forms|allow-top-navigation/);
    await frame().getByText('no more.').waitFor();
    // Even if the sanitizer let something through, the browser runs nothing in this frame.
    await element.evaluate((e) => {
      const script = e.contentDocument.createElement('script');
      script.textContent = 'top.ran = 2';
      e.contentDocument.body.append(script);
      e.contentDocument.body.insertAdjacentHTML('beforeend', '<img src="/nothing" onerror="top.ran = 3">');
      const picture = e.contentDocument.body.lastElementChild;
      return new Promise((done) => { picture.addEventListener('error', done, { once: true }); }).then(() => undefined);
    });
    await frame().getByText('press').click({ timeout: 1_000 }).catch(() => {});
    await settled(alice.page);
    assert.equal(await alice.page.evaluate(() => globalThis.ran), undefined);
    const size = await element.evaluate((e) => ({ height: e.clientHeight, content: e.contentDocument.body.scrollHeight, scrolls: e.contentDocument.documentElement.scrollHeight - e.clientHeight }));
    assert.ok(size.height < 320 && size.scrolls <= 1, JSON.stringify(size));
    const response = await alice.context.request.get(`${demo.web}${await element.getAttribute('src')}`);
    assert.match(response.headers()['content-security-policy'], /default-src 'none'/);
    assert.doesNotMatch(response.headers()['content-security-policy'], /allow-scripts|script-src/);
    alice.errors.length = 0; // The browser logs what it blocked.
  });

  test('a long message scrolls with the page, and a wide one fits a phone', async () => {
    const { page } = alice;
    const body = `<table width="600" style="width:600px"><tr>${'<td style="width:150px"><div style="width:150px">cell</div></td>'.repeat(4)}</tr></table>`
      + Array.from({ length: 120 }, (_, i) => `<p>Paragraph ${i + 1} of the newsletter.</p>`).join('\n');
    await receive({ subject: 'Long and wide', type: 'text/html', body });
    const before = page.viewportSize();
    try {
      for (const [width, height] of [[1360, 860], [390, 780]]) {
        await page.setViewportSize({ width, height });
        const element = page.locator('iframe.html');
        await waitFor(`a fitted frame at ${width}`, 3_000, () => element.evaluate((e) => {
          const root = e.contentDocument.documentElement;
          return e.clientHeight > 2_000 && root.scrollHeight - e.clientHeight <= 1 && root.scrollWidth <= root.clientWidth + 1;
        }));
        assert.ok(await fits(page));
      }
    } finally {
      await page.setViewportSize(before);
    }
  });

  test('printing shows only the message, complete, in black on white', async () => {
    const { page } = alice;
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ media: 'print', colorScheme });
      for (const selector of ['.side', '.listing', '.message-bar', '.strip', '.remote']) {
        assert.ok(await page.locator(selector).evaluateAll((all) => all.every((e) => !e.checkVisibility())), selector);
      }
      const head = await page.locator('.print-head').innerText();
      assert.match(head, /Long and wide[^]*writer@elsewhere\.test[^]*alice@glasspost\.test/);
      const colours = await page.locator('.print-head').evaluate((e) => [getComputedStyle(e).color, getComputedStyle(document.body).backgroundColor]);
      assert.deepEqual(colours, ['rgb(0, 0, 0)', 'rgb(255, 255, 255)']);
      const inner = await page.locator('iframe.html').evaluate((e) => {
        const style = e.contentWindow.getComputedStyle(e.contentDocument.documentElement);
        return [style.color, style.backgroundColor, e.getBoundingClientRect().height > 2_000];
      });
      assert.deepEqual(inner, ['rgb(0, 0, 0)', 'rgb(255, 255, 255)', true]);
      const message = await page.locator('article.message').evaluate((e) => [e.scrollHeight - e.clientHeight, getComputedStyle(e).overflow]);
      assert.deepEqual(message, [0, 'visible']);
    }
    await page.emulateMedia({ media: null, colorScheme: null });
    const pdf = await page.pdf();
    const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g).length;
    assert.ok(pages >= 3, `${pages} pages`);
    // The button prints the frame's document by itself, below the head.
    await page.locator('iframe.html').evaluate((e) => {
      e.contentWindow.print = () => { globalThis.printed = e.contentDocument.body.innerText; };
    });
    await page.getByRole('button', { name: 'Print' }).click();
    const printed = await (await page.waitForFunction(() => globalThis.printed)).jsonValue();
    assert.match(printed, /Paragraph 120 of the newsletter/);
    assert.equal(await frame().locator('.print-head').count(), 0);
  });

  test('a reply excludes the user’s own address, has one prefix, and shows its sender', async () => {
    await receive({
      subject: 'AW: Re: Timetable', from: 'Bernd <bernd@m.test>', to: 'plan@m.test, Alice <alice+plan@glasspost.test>', body: 'Who comes?',
      more: ['Reply-To: alice@glasspost.test, Bernd <bernd@m.test>, "Kraft, Clara" <clara@n.test>', 'Cc: ALICE@GLASSPOST.TEST, dora@n.test, DORA@n.test'],
    });
    await alice.page.getByRole('button', { name: 'Reply all' }).click();
    await composeWindow().waitFor();
    const to = (await chips('to')).join('\n');
    assert.match(to, /Bernd[^]*Kraft, Clara[^]*plan@m\.test/);
    const all = `${to}\n${(await chips('cc')).join('\n')}`;
    assert.doesNotMatch(all, /alice/i);
    assert.equal(all.match(/dora/gi).length, 1);
    assert.equal(await field('subject'), 'Re: Timetable');
    await composeWindow().locator('.lines').getByText('alice@glasspost.test').waitFor();
    await discard();
  });

  test('a reply shows the real address if the name contains another one', async () => {
    await receive({
      subject: 'Your account', from: '"Bank <help@bank.test>" <director@mailer.test>', body: 'Answer at once.',
      more: ['Reply-To: "Bank <help@bank.test>" <collect@mailer.test>'],
    });
    await alice.page.locator('.message-bar').getByText('Reply', { exact: true }).click();
    await composeWindow().waitFor();
    const to = (await chips('to')).join();
    assert.match(to, /collect@mailer\.test/);
    assert.doesNotMatch(to, /bank\.test/);
    await discard();
  });

  test('an invitation shows its time in the reader’s time zone, and is previewed in the list', async () => {
    const event = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'METHOD:REQUEST', 'BEGIN:VTIMEZONE', 'TZID:Central', 'BEGIN:DAYLIGHT', 'DTSTART:16010311T020000',
      'RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3', 'TZOFFSETFROM:-0600', 'TZOFFSETTO:-0500', 'END:DAYLIGHT', 'BEGIN:STANDARD', 'DTSTART:16011104T020000',
      'RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11', 'TZOFFSETFROM:-0500', 'TZOFFSETTO:-0600', 'END:STANDARD', 'END:VTIMEZONE', 'BEGIN:VEVENT', 'UID:1@m.test',
      'SUMMARY:Weekly review', 'LOCATION:Room 2', 'DTSTART;TZID=Central:20260310T130000', 'DTEND;TZID=Central:20260310T133000', 'END:VEVENT', 'END:VCALENDAR'];
    await deliver(demo, alice.account.address, message({ subject: 'Please come', type: 'text/calendar; method=request', body: event.join('\n') }));
    await alice.row('Please come').locator('.preview', { hasText: 'Weekly review Room 2' }).waitFor();
    for (const [timezoneId, day, hour] of [['Asia/Shanghai', /11 March/, /02:00/], ['Europe/Berlin', /10 March/, /19:00/]]) {
      const reader = await (await person(browser, demo, 'alice', { timezoneId })).signIn();
      await reader.open('Please come');
      const card = await reader.page.locator('.event').innerText();
      assert.match(card, /Weekly review[^]*Room 2/);
      assert.match(card, day, `${timezoneId}: ${card}`);
      assert.match(card, hour, `${timezoneId}: ${card}`);
      await reader.close();
    }
  });

  test('forwarding keeps inline pictures and says so', async () => {
    await alice.open('What a postmark looks like');
    await alice.page.getByRole('button', { name: 'Forward' }).click();
    await composeWindow().locator('.original summary').waitFor();
    await composeWindow().locator('[name=to]').fill('bob@glasspost.test');
    await composeWindow().locator('[name=to]').press('Enter');
    await alice.page.keyboard.press('Control+Enter');
    await alice.page.locator('.compose').waitFor({ state: 'detached' });
    const bob = await (await person(browser, demo, 'bob')).signIn();
    await bob.row('Fwd: 邮戳长这样').waitFor();
    await bob.open('Fwd: 邮戳长这样');
    const image = bob.page.frameLocator('iframe.html').locator('img').first();
    await waitFor('the picture', 5_000, () => image.evaluate((i) => i.complete && i.naturalWidth > 0));
    await bob.close();
    // In plain text, the pictures become attachments.
    await alice.page.getByRole('button', { name: 'Forward' }).click();
    await composeWindow().getByRole('button', { name: 'Edit as plain text' }).click();
    await composeWindow().locator('.original').waitFor({ state: 'detached' });
    await composeWindow().locator('.file').first().waitFor();
    await discard();
  });

  test('a message without text says so, and its head separates To from Cc', async () => {
    await receive({ subject: 'Nothing in it', to: 'Alice <alice@glasspost.test>', body: '', more: ['Cc: Wang <wang@m.test>'] });
    await alice.page.locator('.message-body .no-text', { hasText: 'This message has no text.' }).waitFor();
    assert.match(await alice.page.locator('.headers > summary').innerText(), /^To Alice; Cc Wang/);
  });

  test('a long text shows its beginning at once, and all of it on request', async () => {
    const lines = Array.from({ length: 20_000 }, (_, number) => `line ${number}`);
    await receive({ subject: 'A long list', body: lines.join('\n') });
    const body = alice.page.locator('.message-body');
    await body.getByText('line 0', { exact: false }).first().waitFor();
    assert.doesNotMatch(await body.innerText(), /line 19999/);
    await body.getByRole('button', { name: 'Show the whole message' }).click();
    await waitFor('the last line', 20_000, async () => /line 19999/.test(await body.innerText()));
    assert.equal(await body.getByRole('button', { name: 'Show the whole message' }).count(), 0);
  });

  test('a long text is printed whole, by the button and by the browser', async () => {
    const { page } = alice;
    const lines = Array.from({ length: 20_000 }, (_, number) => `line ${number}`);
    await receive({ subject: 'A long list to print', body: lines.join('\n') });
    const showAll = page.getByRole('button', { name: 'Show the whole message' });
    await showAll.waitFor();
    await page.evaluate(() => {
      globalThis.print = () => { globalThis.printedText = document.querySelector('.message-body').innerText; };
    });
    await page.getByRole('button', { name: 'Print' }).click();
    const printed = await (await page.waitForFunction(() => globalThis.printedText)).jsonValue();
    assert.match(printed, /line 19999/);
    await showAll.waitFor();
    const pages = async () => (await page.pdf()).toString('latin1').match(/\/Type\s*\/Page\b/g).length;
    const cut = await pages();
    await showAll.click();
    assert.equal(cut, await pages());
  });

  test('an invitation without a text says what it is', async () => {
    const body = ['BEGIN:VCALENDAR', 'METHOD:REQUEST', 'BEGIN:VEVENT', 'SUMMARY:Review', 'DTSTART:20260310T180000Z', 'END:VEVENT', 'END:VCALENDAR'];
    await receive({ subject: 'Only an invitation', type: 'text/calendar; method=REQUEST', body: body.join('\n') });
    await alice.page.locator('.event b', { hasText: 'Review' }).waitFor();
    await alice.page.locator('.message-body .no-text', { hasText: 'This message contains an invitation' }).waitFor();
    await alice.page.locator('.file small', { hasText: 'Event' }).waitFor();
  });

  test('a link that says another host than its target has a warning above the message', async () => {
    await receive({ subject: 'Confirm now', type: 'text/html', body: '<p><a href="https://elsewhere.test/login">https://bank.test/</a></p>' });
    await alice.page.locator('.warnings .grave', { hasText: 'says bank.test but leads to elsewhere.test' }).waitFor();
  });

  test('a hidden recipient is told so, and warned before a reply to all', async () => {
    await receive({ subject: 'A hidden copy', to: 'Bob <bob@glasspost.test>, Wang <wang@m.test>', body: 'x' });
    const summary = alice.page.locator('.headers > summary');
    assert.match(await summary.innerText(), /^To Bob, Wang; Bcc you/);
    await summary.click();
    await alice.page.getByText('You received this message as a hidden (Bcc) recipient.').waitFor();
    await alice.page.locator('.message-bar').getByRole('button', { name: 'Reply all' }).click();
    await composeWindow().locator('.compose-note', { hasText: 'The others don’t know that you received this message' }).waitFor();
    await discard();
    await alice.page.locator('.message-bar').getByRole('button', { name: 'Reply', exact: true }).click();
    await composeWindow().waitFor();
    assert.equal(await composeWindow().locator('.compose-note').count(), 0);
    await discard();
  });

  test('the quotation of the answered message is collapsed', async () => {
    await receive({ subject: 'Re: Lunch', body: 'Yes.\n> as typed\nGood.\n\nOn 3 March 2026, Ann wrote:\n> Lunch?' });
    const quote = alice.page.locator('details.quote');
    assert.equal(await quote.getAttribute('open'), null);
    await alice.page.locator('.prose > blockquote', { hasText: 'as typed' }).waitFor();
    await quote.locator('summary').click();
    await quote.getByText('Lunch?').waitFor();
  });

  test('the caret of a reply is above the signature and the quotation', async () => {
    await alice.page.goto(`${demo.web}/settings`);
    await alice.page.getByLabel('Signature').fill('Alice of the post');
    await alice.folder('inbox');
    await alice.open('A link in a text');
    for (const name of ['Reply', 'Reply all']) {
      await alice.page.locator('.message-bar').getByRole('button', { name, exact: true }).click();
      await waitFor('the text area', 3_000, () => alice.page.evaluate(() => document.activeElement?.tagName === 'TEXTAREA'));
      await alice.page.keyboard.type('X');
      assert.match(await text(), /^X\n\n-- \nAlice of the post\n\n[^]*\n> Write /);
      await discard();
    }
  });

  test('sending without a subject asks for confirmation', async () => {
    await alice.write({ to: 'bob@glasspost.test', subject: ' ', text: 'See the attached file.' });
    await alice.send();
    await alice.page.getByText('Send without a subject?').waitFor();
    await alice.page.getByRole('button', { name: 'Cancel' }).click();
    await alice.send();
    await alice.page.getByRole('button', { name: 'Send anyway' }).click();
    await alice.page.getByText('Forgot an attachment?').waitFor();
    await alice.page.getByRole('button', { name: 'Send anyway' }).click();
    await alice.page.locator('.compose').waitFor({ state: 'detached' });
  });

  test('a draft without recipients is not listed by its author', async () => {
    await alice.page.locator('.compose-button').click();
    await composeWindow().locator('[name=subject]').fill('For nobody yet');
    await composeWindow().locator('textarea').fill('To be addressed.');
    await composeWindow().locator('.saved', { hasText: 'Draft saved' }).waitFor();
    await composeWindow().getByRole('button', { name: 'Save and close' }).click();
    await alice.folder('drafts');
    const who = await alice.row('For nobody yet').locator('.who').innerText();
    assert.match(who, /\(no recipients\)/);
    assert.doesNotMatch(who, /alice/i);
    await alice.folder('inbox');
  });

  test('search waits for the input method, whose keys submit nothing', async () => {
    const { page } = alice;
    const session = await alice.context.newCDPSession(page);
    const box = page.locator('.search input');
    await box.focus();
    await session.send('Input.imeSetComposition', { text: "hui'yi", selectionStart: 6, selectionEnd: 6 });
    await nothingFor(500);
    assert.doesNotMatch(page.url(), /search/);
    await session.send('Input.insertText', { text: '会议' });
    await waitFor('the search', 3_000, () => /q=%E4%BC%9A%E8%AE%AE/.test(page.url()));
    const prevented = (selector, init) => page.locator(selector).evaluate((e, init) =>
      !e.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init })), init);
    assert.ok(await prevented('.search input', { key: 'Enter', keyCode: 229 }));
    assert.ok(!await prevented('.search input', { key: 'Enter', keyCode: 13 }));
    await alice.folder('inbox');
    await page.getByRole('button', { name: 'New folder' }).click();
    for (const init of [{ key: 'Enter', keyCode: 229 }, { key: 'Enter', isComposing: true }, { key: 'Escape', isComposing: true }]) {
      assert.ok(await prevented('dialog input', init), JSON.stringify(init));
    }
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
  });

  test('the page logged no errors', () => assert.deepEqual(alice.errors, []));
});
