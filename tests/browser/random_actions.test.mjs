// Random actions on one account by two browsers and an IMAP client at once: writing, replying,
// discarding, sending, moving, signing out. Afterwards no typed text may be missing: it must be in
// a folder of the account, in the recipient's mailbox, or in an open window. The seed determines a
// run, except for the timing. GLASSPOST_RANDOM_SECONDS is the duration (30 by default; 600 for a
// thorough run), GLASSPOST_RANDOM_SEED repeats a run. If a word is missing, the whole log is written
// to a file, whose name is printed.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pause, startBrowser, startDemo, waitFor } from './demo.mjs';
import { imap, plain } from './imap.mjs';
import { person } from './webmail.mjs';

const SECONDS = Number(process.env.GLASSPOST_RANDOM_SECONDS ?? 30);
const SEED = Number(process.env.GLASSPOST_RANDOM_SEED ?? Date.now() % 1_000_000_000);
/** An action that takes longer is abandoned, since the page has changed meanwhile (ms). */
const ACTION_TIMEOUT = 3_000;

/** A random generator of numbers in 0..1 with a seed (mulberry32). */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Chooses one of several names by weight. */
function choose(random, weighted) {
  const all = Object.entries(weighted);
  let left = random() * all.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [name, weight] of all) {
    left -= weight;
    if (left < 0) return name;
  }
  return all[0][0];
}

const pick = (random, list) => list[Math.floor(random() * list.length)];

/** The text of stored messages, raw and decoded, in which words of letters and digits are found. */
function readable(bytes) {
  const raw = bytes.toString('latin1');
  const unfolded = raw.replace(/=\r\n/g, '');
  const base64 = raw.match(/(?:^[A-Za-z0-9+/]{4,76}={0,2}\r\n)+/gm) ?? [];
  return [raw, unfolded, ...base64.map((block) => Buffer.from(block.replace(/\s/g, ''), 'base64').toString('latin1'))].join('\n');
}

/** The actions of one tab. */
class Tab {
  constructor(name, page, account, world) {
    Object.assign(this, { name, page, account, world, random: generator(SEED + name.charCodeAt(0) * 7919 + name.charCodeAt(1)) });
    this.done = 0;
    this.abandoned = 0;
    page.setDefaultTimeout(ACTION_TIMEOUT);
    page.on('pageerror', (error) => world.errors.push(`${name}: ${error.message}`));
  }

  log(text) {
    this.world.log.push(`${((Date.now() - this.world.begun) / 1000).toFixed(1)} ${this.name} ${text}`);
  }

  composeWindow() {
    return this.page.locator('.compose:not(.minimised)').first();
  }

  async isOpen() {
    return (await this.page.locator('.compose:not(.minimised)').count()) > 0;
  }

  /** Signs in again if the session ended, and answers dialogs such that no text is discarded. */
  async ready() {
    const { page } = this;
    if (await page.locator('.sign-in-form').count()) await this.signIn();
    if (await page.locator('dialog[open]').count()) await page.keyboard.press('Escape');
    for (const answer of ['Keep both', 'Keep as a new draft', 'Keep draft']) {
      const button = page.locator('.compose:not(.minimised) .collision').getByRole('button', { name: answer, exact: true });
      if (await button.count()) {
        await button.first().click();
        this.log(answer);
      }
    }
  }

  async signIn() {
    await this.page.locator('#address').fill(this.account.address);
    await this.page.locator('#password').fill(this.account.password);
    await this.page.locator('.sign-in button[type=submit]').click();
    await this.page.locator('.compose-button').waitFor({ timeout: 10_000 });
    this.log('signed in');
  }

  /** Types a unique word into the open window. It counts as typed once it is in the text. */
  async type() {
    const word = `w${SEED}n${this.world.words.length}${this.name.toLowerCase()}`;
    const text = this.composeWindow().locator('textarea');
    await text.focus();
    await text.press(this.random() < 0.5 ? 'Control+Home' : 'Control+End');
    await this.page.keyboard.insertText(` ${word} `);
    const typed = await text.inputValue();
    if (typed.includes(word)) {
      const number = await this.composeWindow().getAttribute('id').catch(() => '');
      this.world.words.push({ word, tab: this.name, at: this.world.log.length });
      this.log(`typed ${word} into ${number}`);
    }
  }

  async write() {
    await this.page.locator('.compose-button').click();
    await this.composeWindow().locator('[name=subject]').fill(`random ${this.world.words.length} ${this.name}`);
    if (this.random() < 0.6) await this.address();
    await this.type();
  }

  async address() {
    const to = this.composeWindow().locator('[name=to]');
    await to.fill('bob@glasspost.test');
    await to.press('Enter');
  }

  async more() {
    if (await this.isOpen()) await this.type();
    else await this.write();
  }

  async reply() {
    await this.go('inbox');
    const rows = this.page.locator('.row[data-id]');
    await rows.first().waitFor();
    await rows.nth(Math.floor(this.random() * Math.min(await rows.count(), 8))).click();
    await this.page.locator('.message h1').waitFor();
    await this.page.locator('.message-bar').getByText('Reply', { exact: true }).click();
    await this.composeWindow().locator('textarea').waitFor();
    await this.type();
  }

  async draft() {
    await this.go('drafts');
    const rows = this.page.locator('.row[data-id]');
    await rows.first().waitFor();
    await rows.nth(Math.floor(this.random() * Math.min(await rows.count(), 5))).click();
    await this.composeWindow().locator('textarea').waitFor();
    await this.type();
  }

  async send() {
    if (!(await this.isOpen())) return;
    if (!(await this.composeWindow().locator('.chip').count())) await this.address();
    await this.composeWindow().locator('.compose-foot .primary').click();
    await pause(300);
  }

  async discard() {
    if (await this.isOpen()) await this.composeWindow().getByRole('button', { name: 'Discard draft' }).click();
  }

  async undo() {
    const undo = this.page.locator('.notice').getByRole('button', { name: /^Undo/ });
    if (await undo.count()) await undo.last().click();
  }

  async close() {
    if (await this.isOpen()) await this.composeWindow().getByRole('button', { name: 'Save and close' }).click();
  }

  async move() {
    await this.go(pick(this.random, ['inbox', 'sent', 'drafts', 'archive', 'trash']));
    const row = this.page.locator('.row[data-id]').first();
    await row.waitFor();
    await row.locator('.pick button').click();
    await this.page.locator('.listing-actions').getByRole('button', { name: 'Move to…' }).click();
    await this.page.locator('dialog[open] li button').filter({ hasText: pick(this.random, ['Archive', 'Inbox', 'Trash']) }).first().click();
  }

  /** Opens a folder without reloading the page. */
  async go(slug) {
    await this.page.locator(`.side .folder a[href="/mail/${slug}"]`).click();
    await this.page.locator('.listing-title h1').waitFor({ state: 'attached' });
  }

  async signOut() {
    await this.page.getByRole('button', { name: 'Sign out' }).click();
    await this.page.locator('.sign-in-form').waitFor({ timeout: 10_000 });
  }

  async reload() {
    await this.page.reload();
  }

  async act() {
    const action = choose(this.random, { write: 5, more: 9, reply: 4, draft: 4, send: 4, discard: 2, undo: 2, close: 4, move: 3, signOut: 1, reload: 1 });
    try {
      await this.ready();
      this.log(action);
      await this[action]();
      this.done += 1;
    } catch (error) {
      // Another tab or program changed the target of the action.
      this.abandoned += 1;
      this.log(`abandoned ${action}: ${error.message.split('\n')[0]}`);
    }
    await pause(Math.floor(this.random() * 400));
  }

  /** Waits until all windows are saved and all dialogs answered. */
  async settle() {
    await waitFor(`all windows of ${this.name} to be saved`, 30_000, async () => {
      await this.ready().catch(() => {});
      // A minimised window shows that it needs a decision.
      const asks = this.page.locator('.compose.minimised', { hasText: 'Not saved' }).locator('.compose-head');
      if (await asks.count()) await asks.first().click({ position: { x: 4, y: 24 } }).catch(() => {});
      const words = await this.page.locator('.compose .saved').allTextContents();
      const signedIn = (await this.page.locator('.sign-in-form').count()) === 0 && (await this.page.locator('.compose-button').count()) > 0;
      return signedIn && !words.some((text) => /Saving|Sending|Not saved/.test(text));
    });
  }

  texts() {
    return this.page.locator('.compose textarea').evaluateAll((all) => all.map((area) => area.value));
  }
}

/** The other mail program: moves, flags and appends messages, and expunges none. */
async function program(demo, account, world, until) {
  const random = generator(SEED + 1);
  const client = await imap(demo, account);
  const folders = ['INBOX', 'Drafts', 'Sent', 'Archive', 'Trash'];
  while (Date.now() < until) {
    const [folder, to] = [pick(random, folders), pick(random, folders)];
    const action = choose(random, { move: 2, flag: 2, append: 1 });
    try {
      world.log.push(`${((Date.now() - world.begun) / 1000).toFixed(1)} IMAP ${action} ${folder} ${to}`);
      if (action === 'append') {
        await client.append('INBOX', plain({ subject: `from elsewhere ${Math.floor(random() * 1000)}` }));
      } else {
        const selected = (await client.select(folder)).toString();
        const exists = Number(/^\* (\d+) EXISTS/m.exec(selected)?.[1] ?? 0);
        const at = 1 + Math.floor(random() * exists);
        if (exists > 0 && action === 'flag') await client.command(`STORE ${at} ${pick(random, ['+', '-'])}FLAGS (${pick(random, ['\\Seen', '\\Flagged'])})`);
        if (exists > 0 && action === 'move' && folder !== to) await client.command(`MOVE ${at} "${to}"`);
      }
    } catch (error) {
      // The message was moved by another client.
      world.log.push(`IMAP abandoned: ${error.message}`);
      if (/closed|timed out/.test(error.message)) throw error;
    }
    await pause(200 + random() * 600);
  }
  client.close();
}

/** The text of all messages of an account. */
async function allText(demo, account) {
  const client = await imap(demo, account);
  const texts = [];
  for (const folder of await client.folders()) texts.push(readable(await client.texts(folder)));
  client.close();
  return texts.join('\n');
}

describe('random actions', () => {
  let demo, browser;
  before(async () => {
    [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  test(`no typed text is lost in ${SECONDS} seconds (seed ${SEED})`, { timeout: SECONDS * 1000 + 240_000 }, async (t) => {
    const account = demo.account('alice');
    const world = { begun: Date.now(), words: [], log: [], errors: [] };
    const [one, two] = await Promise.all([1, 2].map(async () => (await person(browser, demo, 'alice')).signIn()));
    const beside = await one.context.newPage();
    await beside.goto(`${demo.web}/mail/drafts`);
    const tabs = [new Tab('A1', one.page, account, world), new Tab('A2', beside, account, world), new Tab('B1', two.page, account, world)];
    const until = Date.now() + SECONDS * 1000;
    const play = async (tab) => {
      while (Date.now() < until) await tab.act();
    };
    await Promise.all([...tabs.map(play), program(demo, account, world, until)]);

    for (const tab of tabs) await tab.settle();
    const open = (await Promise.all(tabs.map((tab) => tab.texts()))).flat().join('\n');
    const stored = (await Promise.all(['alice', 'bob'].map((name) => allText(demo, demo.account(name))))).join('\n');
    const missing = world.words.filter(({ word }) => !open.includes(word) && !stored.includes(word));
    t.diagnostic(`seed ${SEED}: ${world.words.length} words; ${tabs.map((tab) => `${tab.name} ${tab.done} done, ${tab.abandoned} abandoned`).join('; ')}`);
    if (missing.length > 0) {
      const file = join(tmpdir(), `glasspost-random-${SEED}.log`);
      writeFileSync(file, world.log.join('\n'));
      t.diagnostic(`the whole log: ${file}`);
    }
    const story = missing.map(({ word, tab, at }) => {
      const after = world.log.slice(at).filter((line) => line.includes(` ${tab} `) || line.includes('IMAP') || line.includes('signOut')).slice(0, 25);
      return `${word} is missing:\n  ${after.join('\n  ')}`;
    });
    assert.deepEqual(story, [], `seed ${SEED}: ${missing.length} of ${world.words.length} words are lost`);
    assert.deepEqual(world.errors, [], `seed ${SEED}`);
    const [done, abandoned] = [tabs.reduce((sum, tab) => sum + tab.done, 0), tabs.reduce((sum, tab) => sum + tab.abandoned, 0)];
    assert.ok(world.words.length >= SECONDS / 10 && done >= SECONDS / 3, `too little happened: ${world.words.length} words, ${done} actions done, ${abandoned} abandoned\n${world.log.join('\n')}`);
  });
});
