// Actions of a person in the webmail, so that tests read as descriptions of use. Elements are found
// by role and name where possible, rarely by class.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Folder for screenshots; none are taken if it is empty. */
const SCREENSHOTS = process.env.GLASSPOST_PICTURES ?? '';

/** Opens a browser context for a person. Console errors are collected in `person.errors`. */
export async function person(browser, demo, name, { locale = 'en-GB', colorScheme = 'light', width = 1360, height = 860, ...more } = {}) {
  const context = await browser.newContext({ locale, colorScheme, viewport: { width, height }, ...more });
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    // Some tests contain rejected requests (a wrong password, a stopped server).
    if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text())) errors.push(message.text());
  });
  page.setDefaultTimeout(10_000);
  const account = demo.account(name);
  const self = {
    name, account, context, page, errors,
    async signIn() {
      await page.goto(demo.web);
      await page.locator('#address').fill(account.address);
      await page.locator('#password').fill(account.password);
      await page.locator('.sign-in button[type=submit]').click();
      await page.locator('.row[data-id]').first().waitFor();
      return self;
    },
    /** The first row that contains a text. */
    row: (text) => page.locator('.row[data-id]', { hasText: text }).first(),
    /** Opens the message whose subject contains a text. */
    async open(text) {
      await self.row(text).click();
      await page.locator('.message h1', { hasText: text }).waitFor();
    },
    async folder(slug) {
      await page.goto(`${demo.web}/mail/${slug}`);
      await page.locator('.listing-title h1').waitFor();
    },
    /** Writes a message and leaves its window open. */
    async write({ to, subject, text, files = [] }) {
      await page.locator('.compose-button').click();
      const composeWindow = page.locator('.compose:not(.minimised)');
      await composeWindow.locator('[name=to]').fill(to);
      await composeWindow.locator('[name=to]').press('Enter');
      await composeWindow.locator('[name=subject]').fill(subject);
      await composeWindow.locator('textarea').fill(text);
      if (files.length > 0) {
        await composeWindow.locator('input[type=file]').setInputFiles(files);
        await composeWindow.locator('.file', { hasText: files[files.length - 1].name }).waitFor();
        await composeWindow.locator('progress').waitFor({ state: 'detached' });
      }
      return composeWindow;
    },
    async send() {
      await page.locator('.compose:not(.minimised) .compose-foot .primary').click();
    },
    async screenshot(label) {
      if (SCREENSHOTS) {
        mkdirSync(SCREENSHOTS, { recursive: true });
        await page.screenshot({ path: join(SCREENSHOTS, `${name}-${label}.png`) });
      }
    },
    close: () => context.close(),
  };
  return self;
}

/** A small PNG of a red dot. */
export const DOT = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mP8z8BQz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC', 'base64');

/** Whether nothing overflows the page horizontally. */
export async function fits(page) {
  return page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth
    && [...document.querySelectorAll('.listing, .reading, .side.open, .compose, .settings, .sign-in-form')]
      .every((e) => getComputedStyle(e).display === 'none' || e.getBoundingClientRect().right <= window.innerWidth + 1));
}
