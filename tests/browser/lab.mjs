// Helpers for the Lab's tests, and a walk through all its pages.
import { settled } from './demo.mjs';

/** Opens a browser context for a user of the Lab who is not signed in. */
export async function learner(browser, demo, { locale = 'en-GB', colorScheme = 'light', width = 1360, height = 860, ...more } = {}) {
  const context = await browser.newContext({ locale, colorScheme, viewport: { width, height }, serviceWorkers: 'block', ...more });
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    // Some lessons contain rejected requests; without an account, requests for session and progress
    // fail.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) errors.push(message.text());
  });
  page.setDefaultTimeout(10_000);
  const slider = () => page.locator('.stage-view [role=slider]').first();
  return {
    context, page, errors, demo,
    /** Opens a path of the Lab and waits until it is shown. */
    async open(path) {
      await page.goto(`${demo.web}${path}`);
      await page.locator(path.startsWith('/lab/s/') ? '.stage-view svg' : '.scenario-row').first().waitFor();
      // Changes of an earlier visit are offered; these tests start over.
      const dismiss = page.locator('.share-notice:not([hidden]) .quiet');
      if (await dismiss.count() > 0) await dismiss.first().click();
    },
    /** The current step, from 1, and the number of steps. */
    position: async () => Number(await slider().getAttribute('aria-valuenow')),
    stepCount: async () => Number(await slider().getAttribute('aria-valuemax')),
    close: () => context.close(),
  };
}

/** Walks through the pages of the Lab and yields the name of each while it is shown. */
export async function* labPages({ page, open, demo }) {
  const settle = () => settled(page);
  await open('/lab/');
  await settle();
  yield 'lab-catalogue';
  await page.getByRole('searchbox').fill('mx');
  await settle();
  yield 'lab-found';
  await page.getByRole('searchbox').fill('');
  await page.locator('.track-card').nth(1).click();
  await page.locator('.part-lead').waitFor();
  await settle();
  yield 'lab-track';
  await open('/lab/s/1');
  await settle();
  yield 'lab-watch';
  // The highlighted row at the levels Dialogue and Bytes, with its RFC reference.
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  for (const [key, level] of [['3', 'dialogue'], ['4', 'bytes']]) {
    await page.keyboard.press(key);
    await page.locator(`.level-${level} .exchange.now .rfc`).first().waitFor();
    await settle();
    yield `lab-level-${level}`;
  }
  await page.keyboard.press('2');
  await page.keyboard.press('End');
  await page.locator('.lesson').waitFor();
  await settle();
  yield 'lab-end';
  await open('/lab/s/1?mode=predict');
  await settle();
  yield 'lab-invitation';
  await page.keyboard.press('End');
  await page.locator('.note.question').waitFor();
  await settle();
  yield 'lab-question';
  await page.locator('.choice').first().click();
  await page.locator('.truth').waitFor();
  await settle();
  yield 'lab-truth';
  await open('/lab/s/1?mode=tweak');
  await page.locator('.tweak').first().waitFor();
  await settle();
  yield 'lab-tweak';
  await page.locator('.card').nth(4).click();
  await page.locator('.selected-card').waitFor();
  await page.locator('.selected-card').scrollIntoViewIfNeeded();
  await settle();
  yield 'lab-card';
  await page.locator('.tweak .tool').first().click();
  await page.locator('.compared').waitFor();
  await settle();
  yield 'lab-compare';
  await open('/lab/s/1?mode=build');
  await settle();
  yield 'lab-build';
  const places = await page.evaluate(async () => (await (await fetch('/lab/catalogue.json')).json()).scenarios.filter((s) => s.exercises > 0).map((s) => s.number));
  await open(`/lab/s/${places[0]}?mode=mend`);
  await settle();
  yield 'lab-exercises';
  await page.locator('.exercise .primary').first().click();
  await page.locator('.goal').waitFor();
  await settle();
  yield 'lab-mend';
  const hint = page.locator('.exercise-open .hints + .actions .quiet');
  while (await hint.count() > 0) await hint.click();
  await page.locator('.exercise-open .hints + .actions .link').click();
  await page.locator('.goal.solved').waitFor();
  await settle();
  yield 'lab-mended';
  await open('/lab/s/1?mode=present');
  await settle();
  yield 'lab-present';
  await page.locator('.present-bar input[type=checkbox]').check();
  await page.keyboard.press('End');
  await page.locator('.vote').waitFor();
  await settle();
  yield 'lab-vote';
  for (const [choice, hands] of [[0, 18], [1, 7]]) await page.locator('.vote .counter input').nth(choice).fill(String(hands));
  await page.locator('.vote .primary').click();
  await page.locator('.vote .bar').first().waitFor();
  await settle();
  yield 'lab-vote-talk';
  await page.locator('.vote .primary').click();
  for (const [choice, hands] of [[0, 5], [1, 20]]) await page.locator('.vote .counter input').nth(choice).fill(String(hands));
  await page.locator('.vote .primary').click();
  await page.locator('.vote-row.right').waitFor();
  await settle();
  yield 'lab-vote-truth';
  await page.locator('.vote .primary').click();
  await page.locator('.vote').waitFor({ state: 'detached' });
  await page.locator('.present-bar input[type=checkbox]').uncheck();
  await page.locator('.present-bar .quiet').first().click();
  await page.locator('.stage-view.present').waitFor();
  await settle();
  yield 'lab-large';
  await open('/lab/');
  await settle();
  yield 'lab-progress';
  await page.goto(`${demo.web}/lab/s/999`);
  await page.locator('.lost h1').waitFor();
  yield 'lab-lost';
}
