// What people do in the webmail, so that journeys read as they would tell them. Elements are found as a person finds them:
// by role and name in the language of the page, rarely by a class.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where pictures of failures go. */
const PICTURES = process.env.GLASSPOST_PICTURES ?? '';

/** A person at a browser of their own, signed in. Errors on the page's console fail the journey through `person.complaints`. */
export async function person(browser, demo, name, { locale = 'en-GB', colorScheme = 'light', width = 1360, height = 860, ...more } = {}) {
  const context = await browser.newContext({ locale, colorScheme, viewport: { width, height }, ...more });
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // A refused request is part of some journeys (a wrong password, a server that is away).
    if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text())) complaints.push(message.text());
  });
  page.setDefaultTimeout(10_000);
  const account = demo.account(name);
  const self = {
    name, account, context, page, complaints,
    async signIn() {
      await page.goto(demo.web);
      await page.locator('#address').fill(account.address);
      await page.locator('#password').fill(account.password);
      await page.locator('.sign-in button[type=submit]').click();
      await page.locator('.row[data-id]').first().waitFor();
      return self;
    },
    /** The row whose text contains this. */
    row: (text) => page.locator('.row[data-id]', { hasText: text }).first(),
    /** Opens a message by words of its subject. */
    async open(text) {
      await self.row(text).click();
      await page.locator('.message h1', { hasText: text }).waitFor();
    },
    async folder(slug) {
      await page.goto(`${demo.web}/mail/${slug}`);
      await page.locator('.listing-title h1').waitFor();
    },
    /** Writes a message; the sheet stays open. */
    async write({ to, subject, text, files = [] }) {
      await page.locator('.compose-button').click();
      const sheet = page.locator('.compose:not(.minimised)');
      await sheet.locator('[name=to]').fill(to);
      await sheet.locator('[name=to]').press('Enter');
      await sheet.locator('[name=subject]').fill(subject);
      await sheet.locator('textarea').fill(text);
      if (files.length > 0) {
        await sheet.locator('input[type=file]').setInputFiles(files);
        await sheet.locator('.file', { hasText: files[files.length - 1].name }).waitFor();
        await sheet.locator('progress').waitFor({ state: 'detached' });
      }
      return sheet;
    },
    async send() {
      await page.locator('.compose:not(.minimised) .compose-foot .primary').click();
    },
    async picture(label) {
      if (PICTURES) {
        mkdirSync(PICTURES, { recursive: true });
        await page.screenshot({ path: join(PICTURES, `${name}-${label}.png`) });
      }
    },
    close: () => context.close(),
  };
  return self;
}

/** A small PNG: one red dot. */
export const DOT = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mP8z8BQz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC', 'base64');

/** Nothing sticks out at the side. */
export async function fits(page) {
  return page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth
    && [...document.querySelectorAll('.listing, .reading, .side.open, .compose, .settings, .sign-in-form')]
      .every((e) => getComputedStyle(e).display === 'none' || e.getBoundingClientRect().right <= window.innerWidth + 1));
}
