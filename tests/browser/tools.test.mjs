// The Lab's tools: the console as client and as server, the editor, sharing, export and import.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { startBrowser, startDemo, waitFor } from './demo.mjs';
import { learner } from './lab.mjs';
import { person } from './webmail.mjs';
import { toolPages } from './tools.mjs';

/** Drives the console of a page: chooses a hint by its text, or types a line; waits for replies. */
function consoleDriver(page) {
  const log = page.locator('.console [role=log]');
  const expectText = async (words) => waitFor(`"${words}"`, 15_000, async () => (await log.innerText()).includes(words));
  const field = page.locator('.dialogue-input input');
  const send = async () => {
    await waitFor('the turn', 10_000, () => page.locator('.dialogue-input .primary').isEnabled());
    await field.press('Enter');
  };
  return {
    log, expectText, field,
    async type(line) {
      await field.fill(line);
      await send();
    },
    async chooseHint(words) {
      await page.locator('.chip', { hasText: words }).first().click();
      await send();
    },
  };
}

const connect = async (page, { from, host, port, person: who }) => {
  const form = page.locator('.where');
  if (from) await form.locator('[name=from]').selectOption(from);
  if (host) await form.locator('[name=host]').selectOption(host);
  if (who) await form.locator('[name=person]').selectOption({ label: who });
  await form.locator('[name=port]').selectOption(String(port));
  await form.locator('.primary').click();
};

describe('Lab tools', () => {
  let demo, browser, folder;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'glasspost-tools-'));
    [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const toolTest = (name, play, options = {}) => test(name, async () => {
    const one = await learner(browser, demo, { acceptDownloads: true, permissions: ['clipboard-read', 'clipboard-write'], ...options });
    try {
      await play(one);
      assert.deepEqual(one.errors, []);
    } finally {
      await one.close();
    }
  });

  toolTest('a message is typed in SMTP with hints and explanations, and shown in the player', async ({ page, open }) => {
    await open('/lab/s/1?mode=console');
    const terminal = consoleDriver(page);
    await connect(page, { from: 'phone.b.test', host: 'mail.a.test', port: 25, person: 'bob@b.test' });
    await terminal.expectText('220 mail.a.test');
    await terminal.chooseHint('HELO phone.b.test');
    await terminal.expectText('250 mail.a.test');
    await terminal.chooseHint('MAIL FROM:<bob@b.test>');
    await terminal.expectText('250 2.1.0');
    await terminal.type('RCPT TO:<alice@a.test>');
    await terminal.expectText('250 2.1.5');
    await terminal.chooseHint('DATA');
    await terminal.expectText('354');
    for (const line of ['Subject: typed by hand', '', 'Hello Alice']) await terminal.type(line);
    await terminal.type('.');
    await terminal.expectText('250 2.0.0 Accepted');
    await page.locator('.dialogue-line', { hasText: 'RCPT TO' }).click();
    await page.locator('.meaning h3', { hasText: 'RCPT' }).waitFor();
    await terminal.chooseHint('QUIT');
    await terminal.expectText('221');
    await page.getByText('The connection is closed.').waitFor();
    await page.getByRole('button', { name: 'Show in the player' }).click();
    await page.getByRole('button', { name: 'Shown in the player' }).waitFor();
  });

  toolTest('the console has a history, undo, and base64 tools', async ({ page, open }) => {
    await open('/lab/s/1?mode=console');
    const terminal = consoleDriver(page);
    await connect(page, { from: 'laptop.a.test', host: 'mail.a.test', port: 465, person: 'alice@a.test' });
    await terminal.expectText('220 mail.a.test');
    await terminal.type('NOOP');
    await terminal.expectText('250 2.0.0');
    await terminal.field.press('ArrowUp');
    assert.equal(await terminal.field.inputValue(), 'NOOP');
    await page.getByRole('button', { name: 'Undo the last line' }).click();
    await waitFor('the line is gone', 5_000, async () => !(await terminal.log.innerText()).includes('NOOP'));
    await terminal.type('EHLO laptop.a.test');
    await terminal.expectText('AUTH');
    await page.getByText('Base64 tool', { exact: true }).first().click();
    await page.locator('[name=auth-name]').fill('alice@a.test');
    await page.locator('[name=auth-password]').fill('open-sesame');
    await page.locator('[name=auth-password]').locator('xpath=../..').getByRole('button').click();
    assert.equal(await terminal.field.inputValue(), 'AUTH PLAIN AGFsaWNlQGEudGVzdABvcGVuLXNlc2FtZQ==');
    await page.locator('.dialogue-input .primary').click();
    await terminal.expectText('235 2.7.0');
    await page.locator('.dialogue-line', { hasText: 'AUTH PLAIN' }).last().click();
    await page.locator('.unpacked', { hasText: 'open-sesame' }).waitFor();
  });

  toolTest('STARTTLS typed by hand performs the handshake and encrypts what follows', async ({ page, open }) => {
    await open('/lab/s/1?mode=console');
    const terminal = consoleDriver(page);
    await connect(page, { from: 'laptop.a.test', host: 'mail.a.test', port: 587, person: 'alice@a.test' });
    await terminal.expectText('220');
    await terminal.chooseHint('EHLO');
    await terminal.expectText('STARTTLS');
    await terminal.chooseHint('STARTTLS');
    await terminal.expectText('220 2.0.0');
    await page.locator('.chip.handshake').click();
    await terminal.expectText('TLS handshake complete');
    await terminal.chooseHint('EHLO');
    await waitFor('AUTH within TLS', 10_000, async () => await page.locator('.dialogue-line.encrypted', { hasText: 'AUTH' }).count() > 0);
  });

  toolTest('text instead of a TLS handshake ends the connection with an explanation', async ({ page, open }) => {
    await open('/lab/s/1?mode=console');
    const terminal = consoleDriver(page);
    await connect(page, { from: 'laptop.a.test', host: 'mail.a.test', port: 587, person: 'alice@a.test' });
    await terminal.expectText('220');
    await terminal.chooseHint('EHLO');
    await terminal.expectText('STARTTLS');
    await terminal.chooseHint('STARTTLS');
    await terminal.expectText('220 2.0.0');
    await terminal.type('MAIL FROM:<alice@a.test>');
    await page.getByText('the host expected a TLS handshake here').waitFor();
  });

  toolTest('a message is retrieved by hand in POP3 and in IMAP', async ({ page, open }) => {
    await open('/lab/s/1?mode=console');
    const terminal = consoleDriver(page);
    await connect(page, { from: 'phone.b.test', host: 'mail.b.test', port: 995, person: 'bob@b.test' });
    await terminal.expectText('+OK');
    for (const [hint, words] of [['USER bob@b.test', '+OK'], ['PASS open-sesame', '+OK'], ['STAT', '+OK 1 '], ['RETR 1', 'this message goes through five hands'], ['QUIT', 'POP3'] ]) {
      await terminal.chooseHint(hint);
      if (hint !== 'QUIT') await terminal.expectText(words);
    }
    await page.getByText('The connection is closed.').waitFor();
    await connect(page, { port: 993 });
    await terminal.expectText('* OK');
    for (const [hint, words] of [['LOGIN bob@b.test', 'a1 OK'], ['SELECT INBOX', '* 1 EXISTS'], ['FETCH 1 BODY[]', 'this message goes through five hands'], ['LOGOUT', '* BYE']]) {
      await terminal.chooseHint(hint);
      await terminal.expectText(words);
    }
  });

  toolTest('acting as the server, a rejection makes the client notify its sender', async ({ page, open }) => {
    await open('/lab/s/1?mode=console');
    await page.getByRole('button', { name: 'Act as server' }).click();
    await page.locator('[name=serve-host]').selectOption('mail.b.test');
    await page.locator('.where .primary').click();
    await page.getByText('is waiting for the greeting').waitFor();
    const log = page.locator('.console [role=log]');
    for (const [reply, words] of [['220 mail.b.test', 'EHLO'], ['250 mail.b.test', 'MAIL FROM'], ['250 2.1.0', 'RCPT TO'], ['550 5.1.1', 'QUIT']]) {
      await page.locator('.offers .chip', { hasText: reply }).last().click();
      await waitFor(words, 15_000, async () => (await log.innerText()).includes(words));
    }
    await page.locator('.afterwards li', { hasText: 'bob@b.test' }).first().waitFor();
  });

  test('the user’s own server is reached over real TLS, and rejects other accounts', async () => {
    const alice = await (await person(browser, demo, 'alice')).signIn();
    const { page, account } = alice;
    const other = demo.account('bob');
    await page.goto(`${demo.web}/lab/s/1?mode=console`);
    await page.locator('.stage-view svg').first().waitFor();
    await page.getByRole('button', { name: 'My server' }).click();
    const terminal = consoleDriver(page);
    await page.locator('[name=own-port]').selectOption('587');
    await page.locator('.where .primary').click();
    await terminal.expectText('220 ');
    await terminal.chooseHint('EHLO');
    await terminal.expectText('STARTTLS');
    await terminal.chooseHint('STARTTLS');
    await terminal.expectText('220 2.0.0');
    await page.locator('.chip.handshake').click();
    await terminal.expectText('TLS handshake complete');
    await terminal.type('EHLO lab.example');
    await terminal.expectText('AUTH');
    const plain = (who) => `AUTH PLAIN ${Buffer.from(`\0${who.address}\0${who.password}`).toString('base64')}`;
    await terminal.type(plain(other));
    await terminal.expectText('535 5.7.8');
    await terminal.type(plain(account));
    await terminal.expectText('235 2.7.0');
    await terminal.type(`MAIL FROM:<${other.address}>`);
    await terminal.expectText('553 5.7.1');
    await terminal.type(`MAIL FROM:<${account.address}>`);
    await terminal.type('RCPT TO:<somebody@elsewhere.example>');
    await terminal.expectText('550 5.7.1');
    await terminal.type(`RCPT TO:<${account.address}>`);
    await terminal.type('DATA');
    await terminal.expectText('354');
    for (const line of ['Subject: from my own console', '', 'typed', '.']) await terminal.type(line);
    await terminal.expectText('Accepted as');
    await terminal.type('QUIT');
    await page.getByText('The server closed the connection.').waitFor();
    await page.goto(`${demo.web}/mail/inbox`);
    await alice.row('from my own console').waitFor();
    assert.deepEqual(alice.errors, []);
    await alice.close();
  });

  toolTest('the console to the user’s own server requires signing in', async ({ page, open }) => {
    await open('/lab/s/1?mode=console');
    await page.getByRole('button', { name: 'My server' }).click();
    await page.getByRole('link', { name: 'Sign in' }).waitFor();
  });

  toolTest('a scenario is built from scratch, with undo and redo, and survives a reload', async ({ page, open }) => {
    await page.goto(`${demo.web}/lab/s/0?mode=build`);
    await page.locator('[name=domain]').waitFor();
    const addDomain = async (name, user) => {
      const quick = page.locator('details.quick').nth(0);
      if (!(await quick.evaluate((d) => d.open))) await quick.locator('summary').click();
      await page.locator('[name=domain]').fill(name);
      await page.locator('[name=user]').fill(user);
      await quick.locator('.primary').click();
      await page.locator('.build-hosts .item', { hasText: `mail.${name}` }).waitFor();
    };
    await page.locator('[name=domain]').fill('gmail.com');
    await page.locator('[name=user]').fill('ann');
    await page.locator('details.quick .primary').first().click();
    await page.getByText('Domain names in the Lab must end in .test or .example.').waitFor();
    await addDomain('one.test', 'ann');
    await addDomain('two.test', 'ben');
    await page.locator('details.quick').nth(1).locator('summary').click();
    await page.locator('[name=message-to]').fill('ben@two.test');
    await page.locator('details.quick').nth(1).locator('.primary').click();
    await page.locator('.build-steps .item', { hasText: 'ben@two.test' }).waitFor();
    await page.locator('.stage-view svg').first().waitFor();
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await page.locator('.build-steps .item').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Redo', exact: true }).click();
    await page.locator('.build-steps .item', { hasText: 'ben@two.test' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.locator('.build-steps .item', { hasText: 'ben@two.test' }).waitFor();
    assert.equal(await page.locator('.build-hosts .item').count(), 4);
  });

  toolTest('an invalid record is reported with its position, in the text and in the table', async ({ page, open }) => {
    await open('/lab/s/1?mode=build');
    const records = page.locator('.build-records');
    await records.getByRole('button', { name: 'Text' }).click();
    const zone = page.locator('[name=zone]');
    const before = await zone.inputValue();
    await zone.fill(`${before}c.test. MX mail.c.test.\n`);
    const line = before.split('\n').length;
    await page.getByText(`Line ${line}, column 12: a number is expected here.`).waitFor();
    await zone.fill(`${before}c.test. MX 10 mail.c.test.\n`);
    await page.getByText('No problems found').waitFor();
    await records.getByRole('button', { name: 'Apply' }).click();
    await records.getByRole('button', { name: 'Table' }).click();
    await waitFor('the record in the table', 5_000, async () => (await records.locator('.record-data').evaluateAll((all) => all.map((i) => i.value))).includes('10 mail.c.test.'));
    const row = records.locator('li.record').first();
    await row.locator('.record-data').fill('ten mail.a.test.');
    await row.locator('.record-data').blur();
    await row.getByText('a number is expected here').waitFor();
  });

  toolTest('the settings of a host can be changed and are validated', async ({ page, open }) => {
    await open('/lab/s/1?mode=build');
    await page.getByRole('button', { name: 'Edit: mail.b.test' }).click();
    const editor = page.locator('.item-editor');
    await editor.locator('summary', { hasText: 'Inbound policy' }).click();
    await editor.locator('[name=inbound-greylist-enabled]').selectOption('true');
    await editor.locator('[name=inbound-greylist-delay]').fill('soon');
    await editor.getByText('Use a format such as 250ms, 90s, 5m, 4h or 5d.').waitFor();
    assert.ok(await editor.locator('.actions .primary').last().isDisabled());
    await editor.locator('[name=inbound-greylist-delay]').fill('1m');
    await editor.locator('.actions .primary').last().click();
    await page.locator('.build-hosts .item', { hasText: 'mail.b.test' }).getByText('changed').waitFor();
    await page.getByRole('button', { name: 'Save and share' }).click();
  });

  const shareLink = async (page) => {
    await page.locator('.share-open').click();
    const link = await page.locator('.link-text').inputValue();
    await page.keyboard.press('Escape');
    return link;
  };

  toolTest('a link restores changes elsewhere; incomplete and incompatible links are rejected', async ({ page, open }) => {
    await open('/lab/s/1?mode=tweak');
    await page.locator('.tweak input').first().check();
    await waitFor('the change in the link', 10_000, async () => (await shareLink(page)).includes('#w=1.'));
    const link = await waitFor('a longer link', 10_000, async () => {
      const now = await shareLink(page);
      return now.length > 110 && now;
    });
    const visit = async (address) => {
      const fresh = await learner(browser, demo);
      await fresh.page.goto(address);
      await fresh.page.locator('.stage-view svg').first().waitFor();
      return fresh;
    };
    const other = await visit(link.replace('#', '?mode=tweak#'));
    await other.page.locator('.workspace-head .changed-mark', { hasText: 'Changed' }).waitFor();
    await waitFor('the change is there', 10_000, () => other.page.locator('.tweak input').first().isChecked());
    await other.close();
    const made = (work) => `${demo.web}/lab/s/1#w=1.${spawnSync('node', ['-e', `process.stdout.write(require('zlib').deflateSync(${JSON.stringify(JSON.stringify(work))}).toString('base64url'))`]).stdout}`;
    const cases = [
      [link.slice(0, -9), 'the link is incomplete'],
      [made({ edits: { form: 1, scenario: 1, version: 0 } }), 'older version of this scenario'],
      [made({ edits: { form: 1, scenario: 1, version: 99 } }), 'newer version of this scenario'],
      [made({ edits: { form: 1, scenario: 2, version: 1 } }), 'belong to scenario 2'],
      [made({ edits: { form: 2, scenario: 1, version: 1 } }), 'newer version (format 2)'],
      [made({ hello: 1 }), 'does not contain changes'],
    ];
    for (const [address, expected] of cases) {
      const wrong = await visit(address);
      await wrong.page.locator('.share-notice[role=alert]', { hasText: expected }).waitFor();
      await wrong.close();
    }
  });

  toolTest('changes are saved under a name, opened again and removed', async ({ page, open }) => {
    await open('/lab/s/1?mode=tweak');
    await page.locator('.tweak input').nth(1).check();
    await waitFor('played', 10_000, () => page.locator('.tweak.on').count().then((n) => n === 1));
    await page.locator('.share-open').click();
    const dialog = page.locator('.share-dialog');
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await dialog.getByText('Enter a name.').waitFor();
    await dialog.getByRole('textbox', { name: 'Name' }).fill('no MX');
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await dialog.getByText('Saved').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.tweak input').nth(1).uncheck();
    await waitFor('the change to be undone', 10_000, () => page.locator('.tweak.on').count().then((n) => n === 0));
    await page.locator('.share-open').click();
    await dialog.getByRole('button', { name: '1 · no MX', exact: true }).click();
    await waitFor('it is there again', 10_000, () => page.locator('.tweak.on').count().then((n) => n === 1));
    await page.locator('.share-open').click();
    await dialog.getByRole('button', { name: 'Remove: 1 · no MX' }).click();
    await dialog.getByText('Nothing saved yet.').waitFor();
  });

  toolTest('each export has its format and content', async ({ page, open }) => {
    await open('/lab/s/1');
    await page.locator('.share-open').click();
    const get = async (name) => {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
      const file = join(folder, download.suggestedFilename());
      await download.saveAs(file);
      return file;
    };
    const json = JSON.parse(readFileSync(await get('Scenario file (JSON)'), 'utf8'));
    assert.equal(json.number, 1);
    const zh = readFileSync(await get('Transcript in Chinese'), 'utf8');
    const en = readFileSync(await get('Transcript in English'), 'utf8');
    assert.ok(zh.includes('连接') && zh.includes('RCPT TO:<bob@b.test>') && en.includes('connects to') && en.includes('RCPT TO:<bob@b.test>'));
    const svg = readFileSync(await get('Storyboard (SVG)'), 'utf8');
    assert.ok(svg.startsWith('<svg ') && svg.endsWith('</svg>') && !svg.includes('<script'));
    const png = readFileSync(await get('Storyboard (PNG)'));
    assert.ok(png.subarray(1, 4).toString() === 'PNG' && png.length > 20_000, `${png.length}`);
    const packets = await get('Packet capture (PCAPNG)');
    assert.equal(readFileSync(packets).readUInt32LE(0), 0x0a0d0d0a);
    const tshark = spawnSync('tshark', ['-r', packets, '-T', 'fields', '-e', 'frame.protocols'], { encoding: 'utf8' });
    if (!tshark.error) assert.ok(tshark.status === 0 && tshark.stdout.includes(':tcp:smtp') && tshark.stdout.includes(':dns'), tshark.stdout.slice(0, 400) + tshark.stderr);
  });

  toolTest('the export of a range contains only that range', async ({ page, open }) => {
    await open('/lab/s/1');
    await page.locator('.share-open').click();
    const get = async (name) => {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
      const file = join(folder, `range-${download.suggestedFilename()}`);
      await download.saveAs(file);
      return file;
    };
    const count = (file) => spawnSync('tshark', ['-r', file], { encoding: 'utf8' });
    const whole = count(await get('Packet capture (PCAPNG)'));
    await page.locator('[name=range]').selectOption('steps');
    await page.locator('[name=step-from]').fill('5');
    await page.locator('[name=step-to]').fill('9');
    await page.locator('[name=step-to]').blur();
    const lines = readFileSync(await get('Transcript in English'), 'utf8').split('\n').filter((line) => /^ +\d+ +\d+:/.test(line));
    assert.deepEqual(lines.map((line) => Number(line.trim().split(' ')[0])), [5, 6, 7, 8, 9]);
    const part = count(await get('Packet capture (PCAPNG)'));
    if (!whole.error) {
      const rows = (result) => result.stdout.trim().split('\n').length;
      assert.ok(part.status === 0 && rows(part) > 3 && rows(part) < rows(whole) / 2, `${rows(part)} of ${rows(whole)} packets`);
    }
  });

  test('the console to the user’s own server offers only enabled services', async () => {
    const alice = await (await person(browser, demo, 'alice')).signIn();
    const { page } = alice;
    await page.route('**/lab/console', (route) => route.fulfill({ json: ['submission', 'imaps'] }));
    await page.goto(`${demo.web}/lab/s/1?mode=console`);
    await page.locator('.stage-view svg').first().waitFor();
    await page.getByRole('button', { name: 'My server' }).click();
    await page.getByText('Not enabled: 25 SMTP, 465 SMTP · TLS, 110 POP3').waitFor();
    assert.deepEqual(await page.locator('[name=own-port] option').allInnerTexts(), ['587 SMTP', '993 IMAP · TLS']);
    await page.unroute('**/lab/console');
    await page.routeWebSocket('**/lab/console/*', (socket) => socket.send('{"end":"disabled"}'));
    await page.reload();
    await page.getByRole('button', { name: 'My server' }).click();
    await page.locator('.where .primary').click();
    await page.getByText('This service is not enabled on this server.').waitFor();
    assert.deepEqual(alice.errors, []);
    await alice.close();
  });

  toolTest('scenario files are imported; invalid ones are rejected with reason and position', async ({ page, open }) => {
    await open('/lab/s/1');
    const file = (name, text) => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    };
    const good = await (await fetch(`${demo.web}/lab/scenarios/31-greylisting.toml`)).text().catch(() => '');
    const toml = await (await fetch(`${demo.web}/lab/scenarios/${(await (await fetch(`${demo.web}/lab/catalogue.json`)).json()).scenarios[1].file}`)).text();
    assert.ok(good || toml);
    const cases = [
      ['empty.json', '', 'it is empty'],
      ['picture.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 1, 2]), 'it is not a text file'],
      ['page.html', '<!doctype html><p>hello', 'the [world] section is missing'],
      ['cut.toml', toml.slice(0, toml.indexOf('[[host]]') + 20), 'line'],
      ['typo.toml', toml.replace('runs = "glasspost"', 'runs = "sendmail"'), 'line'],
      ['real.toml', toml.replaceAll('a.test', 'gmail.com'), '.test or .example'],
    ];
    await page.locator('.share-open').click();
    for (const [name, text, expected] of cases) {
      await page.locator('.share-dialog input[type=file]').setInputFiles(file(name, text));
      await page.locator('.share-dialog .field-error', { hasText: expected }).waitFor();
    }
    await page.locator('.share-dialog input[type=file]').setInputFiles(file('good.toml', toml));
    await page.waitForURL('**/lab/s/0');
    await page.locator('.stage-view svg').first().waitFor();
  });

  for (const locale of ['zh-CN', 'en-GB']) {
    for (const colorScheme of ['light', 'dark']) {
      toolTest(`axe finds no violations in the tools: ${locale}, ${colorScheme}`, async (one) => {
        for await (const name of toolPages(one)) {
          const found = await new AxeBuilder({ page: one.page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
          const violations = found.violations.map((v) => `${name}: ${v.id} ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`).join(' | ')}`);
          assert.deepEqual(violations, []);
        }
      }, { locale, colorScheme, reducedMotion: 'reduce' });
    }
  }

  toolTest('no tool overflows at 320 pixels', async (one) => {
    for await (const name of toolPages(one)) {
      const wide = await one.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(wide <= 0, `${name}: ${wide} pixels too wide`);
    }
  }, { width: 320, height: 700, locale: 'zh-CN' });
});
