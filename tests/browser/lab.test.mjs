// The Lab as used by learners and teachers, signed in only where an account stores progress.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { startBrowser, startDemo, waitFor } from './demo.mjs';
import { labPages, learner } from './lab.mjs';
import { person } from './webmail.mjs';

describe('lab', () => {
  let demo, browser;
  before(async () => {
    [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  /** Defines a test with a user at the Lab; the page must log no errors. */
  const labTest = (name, play, options = {}) => test(name, async () => {
    const one = await learner(browser, demo, options);
    try {
      await play(one);
      assert.deepEqual(one.errors, []);
    } finally {
      await one.close();
    }
  });

  labTest('the catalogue needs no account and is searched by number and in both languages', async ({ page, open }) => {
    await open('/lab/');
    await page.locator('.part h2', { hasText: 'Roles and basics' }).waitFor();
    assert.ok(await page.locator('.scenario-row').count() > 30);
    const box = page.getByRole('searchbox');
    await box.fill('31');
    await waitFor('one scenario', 3_000, async () => await page.locator('.scenario-row').count() === 1);
    await page.locator('.scenario-row', { hasText: 'Greylisting' }).waitFor();
    await box.fill('第一封邮件');
    await page.locator('.scenario-row b', { hasText: 'The first message' }).waitFor();
    await box.fill('nothingofthekind');
    await page.getByText('No scenarios found').waitFor();
    await page.goBack().catch(() => {});
  });

  labTest('a track lists its scenarios in its own order and links each to the next', async ({ page, open }) => {
    await open('/lab/');
    await page.locator('.track-card').nth(1).click();
    await page.locator('.track-card[aria-current]').nth(0).waitFor();
    await page.locator('.scenario-row').first().click();
    await page.locator('.stage-view svg').first().waitFor();
    await page.keyboard.press('End');
    const next = page.locator('.next');
    await next.waitFor();
    assert.match(await next.getAttribute('href'), /track=/);
  });

  labTest('a scenario plays and ends with its outcome and lesson', async ({ page, open, position }) => {
    await open('/lab/s/1');
    assert.equal(await page.locator('.lesson').count(), 0);
    const begun = await position();
    await page.locator('.stage-view .play').click();
    await waitFor('playback', 8_000, async () => await position() > begun + 1);
    await page.locator('.stage-view .play').click();
    await page.keyboard.press('End');
    await page.locator('.lesson').waitFor();
    await page.locator('.outcome', { hasText: 'bob@b.test' }).waitFor();
    await page.goto(`${demo.web}/lab/`);
    await page.locator('.scenario-row', { hasText: 'The first message' }).getByRole('img', { name: 'In progress' }).waitFor();
  });

  labTest('playback stops before each question and keeps the answers beside the outcome', async ({ page, open, position }) => {
    await open('/lab/s/1?mode=predict');
    await page.keyboard.press('End');
    const question = page.locator('.note.question');
    await question.waitFor();
    const stopped = await position();
    assert.equal(await page.locator('.lesson').count(), 0, 'the end is not reached yet');
    await page.keyboard.press('End');
    assert.equal(await position(), stopped, 'playback does not pass the question');
    await question.locator('.choice', { hasText: 'The client, which opened the connection' }).click();
    const truth = page.locator('.truth').first();
    await truth.getByText('Not quite').waitFor();
    await truth.getByText('The client has to wait').waitFor();
    await truth.getByText('The server, with 220').waitFor();
    await waitFor('the decisive line', 8_000, async () => await position() > stopped);
    await page.locator('.go-on').click();
    await page.keyboard.press('End');
    await page.locator('.note.question').waitFor();
    await page.locator('.choice', { hasText: 'MX record' }).click();
    await page.locator('.truth.right').getByText('Correct').waitFor();
    assert.equal(await page.locator('.truth').count(), 2);
  });

  labTest('a change replays the run from the beginning', async ({ page, open, stepCount }) => {
    await open('/lab/s/1?mode=tweak');
    const before = await stepCount();
    await page.locator('.tweak input').first().check();
    await waitFor('another run', 8_000, async () => await stepCount() !== before);
    await page.getByRole('button', { name: 'Undo all changes' }).click();
    await waitFor('the first run', 8_000, async () => await stepCount() === before);
  });

  labTest('two runs are compared side by side, and the second can be removed', async ({ page, open, stepCount }) => {
    await open('/lab/s/1?mode=tweak');
    const before = await stepCount();
    await page.locator('.tweak').first().getByRole('button', { name: /side by side/i }).click();
    await page.locator('.compared').waitFor();
    await page.locator('.compare').waitFor();
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.locator('.compared').waitFor({ state: 'detached' });
    assert.equal(await stepCount(), before);
  });

  labTest('questions adapt to a changed run', async ({ page, open }) => {
    await open('/lab/s/1?mode=tweak');
    await page.locator('.tweak', { hasText: 'no MX record' }).locator('input').check();
    await page.locator('.tweak.on').waitFor();
    await page.getByRole('link', { name: 'Predict' }).click();
    await page.keyboard.press('End');
    await page.locator('.note.question').waitFor();
  });

  labTest('switching the language does not interrupt playback', async ({ page, open, position }) => {
    await open('/lab/s/1');
    await page.locator('.stage-view .play').click();
    await waitFor('playback', 8_000, async () => await position() > 2);
    const reached = await position();
    await page.locator('button.language').click();
    await page.locator('h1', { hasText: '第一封邮件' }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'zh-CN');
    await waitFor('playback goes on', 8_000, async () => await position() > reached);
    await page.locator('.stage-view.playing').waitFor();
  });

  labTest('a teacher fixes the level of detail by URL', async ({ page, open }) => {
    await open('/lab/s/1?zoom=map&mode=present');
    assert.equal(await page.locator('.present-bar select').inputValue(), 'map');
    await page.locator('.present-bar select').selectOption('dialogue');
    await waitFor('the address', 3_000, () => page.url().includes('zoom=dialogue'));
  });

  labTest('a class votes in two rounds without seeing votes before the first closes', async ({ page, open }) => {
    await open('/lab/s/1?mode=present');
    await page.getByLabel('Class vote').check();
    await page.keyboard.press('End');
    const vote = page.locator('.vote');
    await vote.waitFor();
    await vote.getByLabel('Hands A').fill('18');
    await vote.getByRole('button', { name: 'One more B' }).click();
    assert.equal(await vote.locator('.bar').count(), 0);
    await vote.getByRole('button', { name: 'Close this round' }).click();
    await vote.getByRole('img', { name: 'Round one: 18' }).waitFor();
    await vote.getByRole('button', { name: 'Start round two' }).click();
    await vote.getByLabel('Hands B').fill('20');
    await vote.getByRole('button', { name: 'Reveal the answer' }).click();
    await vote.locator('.vote-row.right').waitFor();
    // Three choices, two rounds each.
    assert.equal(await vote.locator('.bar').count(), 6);
    await vote.getByRole('button', { name: 'Continue' }).click();
    await vote.waitFor({ state: 'detached' });
  });

  labTest('an exercise reports unmet goals, gives hints one by one, and a solution', async ({ page, open }) => {
    await open('/lab/');
    const places = await page.evaluate(async () => (await (await fetch('/lab/catalogue.json')).json()).scenarios.filter((s) => s.exercises > 0).map((s) => s.number));
    assert.ok(places.length > 0);
    await open(`/lab/s/${places[0]}?mode=mend`);
    await page.getByRole('button', { name: 'Start', exact: true }).first().click();
    await page.getByText('Not fixed yet').waitFor();
    await page.locator('.missing-list li', { hasText: 'One message should be in the inbox of bob@b.test' }).waitFor();
    const hint = page.getByRole('button', { name: 'Show a hint' });
    while (await hint.count() > 0) await hint.click();
    assert.ok(await page.locator('.hints li').count() > 0);
    await page.getByRole('button', { name: 'Show a solution' }).click();
    await page.getByText('Fixed!').waitFor();
  });

  labTest('a broken record is repaired in the editor', async ({ page, open }) => {
    await open('/lab/s/1?mode=mend');
    await page.getByRole('button', { name: 'Start', exact: true }).first().click();
    await page.getByText('Not fixed yet').waitFor();
    await page.getByRole('link', { name: 'Edit records and hosts' }).click();
    await page.locator('.records .record-data').first().waitFor();
    const fields = await page.locator('.records .record-data').all();
    const values = await Promise.all(fields.map((field) => field.inputValue()));
    const at = values.indexOf('10 192.0.2.99.');
    assert.ok(at >= 0, `the editor shows the broken record: ${values}`);
    await fields[at].fill('10 mail.b.test.');
    await fields[at].press('Tab');
    await page.locator('.exercise-open .goal', { hasText: 'Fixed!' }).waitFor();
  });

  labTest('long lines of the console do not overlap', async ({ page, open }) => {
    await open('/lab/s/1?mode=console');
    const log = page.locator('.dialogue-log');
    await page.locator('.console .primary').first().click();
    await log.locator('.dialogue-line').first().waitFor();
    const input = page.locator('.dialogue-input input');
    for (let n = 0; n < 12; n += 1) {
      const lines = await log.locator('.dialogue-line').count();
      await input.fill('HELP');
      await input.press('Enter');
      await page.waitForFunction((before) => document.querySelectorAll('.dialogue-line').length > before + 1, lines);
    }
    const covered = await log.locator('.dialogue-line').evaluateAll((lines) => lines.slice(1).filter((line, i) => line.getBoundingClientRect().top < lines[i].getBoundingClientRect().bottom - 1 || line.scrollHeight > line.clientHeight + 1).length);
    assert.equal(covered, 0);
  }, { width: 1280, height: 720 });

  labTest('zone text and records in the editor are monospaced', async ({ page, open }) => {
    await open('/lab/s/1?mode=build');
    const face = (selector) => page.locator(selector).first().evaluate((e) => getComputedStyle(e).fontFamily);
    assert.match(await face('.record .record-data'), /mono/i);
    await page.locator('.build-records').getByRole('button', { name: 'Text' }).click();
    assert.match(await face('[name=zone]'), /mono/i);
  });

  labTest('a fault card preselects the current connection', async ({ page, open }) => {
    await open('/lab/s/1?mode=tweak');
    // Step to the connection from a.test to Bob’s host, up to its greeting.
    await page.keyboard.press('3');
    const heading = page.locator('.transcript-view');
    for (let step = 0; step < 80; step += 1) {
      if ((await heading.innerText()).includes('220 mail.b.test')) break;
      await page.keyboard.press('ArrowRight');
    }
    await page.locator('.card', { hasText: /slow/i }).first().click();
    const chosen = await page.locator('.selected-card select').evaluateAll((all) => all.map((e) => e.value));
    assert.ok(chosen.includes('mail.a.test') && chosen.includes('mail.b.test'), chosen.join());
  });

  labTest('on a phone all tracks are visible, and the scenario number stays on one line', async ({ page, open }) => {
    await open('/lab/');
    const tickets = await page.locator('.track-card').evaluateAll((all) => all.map((e) => e.getBoundingClientRect().toJSON()));
    for (const box of tickets) assert.ok(box.left >= 0 && box.right <= 390, JSON.stringify(box));
    await open('/lab/s/22');
    const number = page.locator('.workspace-head .number');
    assert.ok(await number.evaluate((e) => e.getClientRects().length === 1));
  }, { width: 390, height: 780, locale: 'zh-CN' });

  labTest('a page without JavaScript says that it is needed', async ({ page, demo: { web } }) => {
    for (const path of ['/lab/', '/']) {
      await page.goto(`${web}${path}`);
      // Playwright finds no text within <noscript>.
      const note = page.locator('.boot-note.now');
      await note.waitFor();
      assert.match(await note.innerText(), /Glasspost needs JavaScript/);
    }
  }, { javaScriptEnabled: false });

  for (const path of ['/lab/', '/']) {
    labTest(`${path} reports that the application could not be loaded`, async ({ page, errors, demo: { web } }) => {
      await page.route('**/*.wasm', (route) => route.abort());
      await page.goto(`${web}${path}`);
      const note = page.locator('.boot-note[role=status]');
      const opacity = () => note.evaluate((element) => getComputedStyle(element).opacity);
      await waitFor('the note', 20_000, async () => await opacity() === '1');
      // The browser logs an error about the missing file.
      errors.length = 0;
      assert.match(await note.innerText(), /The page could not be loaded/);
    });
  }

  labTest('offline, the Lab reloads and plays scenarios that were never opened before', async ({ context, page, open, position }) => {
    await open('/lab/');
    await page.evaluate(() => navigator.serviceWorker.ready);
    await waitFor('a page under the control of the worker', 20_000, () => page.evaluate(() => navigator.serviceWorker.controller !== null));
    await context.setOffline(true);
    await page.reload();
    await page.locator('.scenario-row').first().waitFor();
    await page.locator('.scenario-row', { hasText: 'Greylisting' }).click();
    await page.locator('.stage-view svg').first().waitFor();
    await page.keyboard.press('End');
    await page.locator('.lesson').waitFor();
    await page.goto(`${demo.web}/lab/s/2`);
    await page.locator('.stage-view svg').first().waitFor();
    await page.keyboard.press('ArrowRight');
    assert.ok(await position() > 0);
    await page.locator('.stage-view .explanation .text').first().waitFor();
  }, { serviceWorkers: 'allow' });

  labTest('a printed scenario is a handout with questions, all steps, the lesson and the answers', async ({ page, open }) => {
    await open('/lab/s/50');
    assert.equal(await page.locator('.handout h1').count(), 0);
    await page.emulateMedia({ media: 'print' });
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    const handout = page.locator('.handout');
    await handout.locator('h1', { hasText: '50 Unknown user' }).waitFor();
    assert.equal(await handout.locator('.asked > li').count(), 3);
    assert.ok(await handout.locator('figure svg').isVisible());
    assert.ok(await handout.locator('.all-steps li').count() > 30);
    await handout.locator('.answers', { hasText: '550 5.1.1' }).waitFor();
    assert.ok(!await page.locator('.workspace-head').isVisible() && !await page.locator('.transport').isVisible());
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    await page.emulateMedia({ media: 'screen' });
    await handout.locator('h1').waitFor({ state: 'detached' });
    assert.ok(await page.locator('.transport').isVisible());
  });

  for (const [name, path, words] of [
    ['an unknown scenario number is reported', '/lab/s/999', 'There is no scenario with this number'],
    ['an unknown URL is reported', '/lab/nowhere', 'Page not found'],
  ]) {
    labTest(name, async ({ page, demo: { web } }) => {
      await page.goto(`${web}${path}`);
      await page.getByText(words).waitFor();
      await page.getByRole('link', { name: 'All scenarios' }).click();
      await page.locator('.scenario-row').first().waitFor();
    });
  }

  labTest('a failure to load the engine is reported and can be retried', async ({ page, demo: { web } }) => {
    await page.route('**/lab/engine*', (route) => route.abort());
    await page.goto(`${web}/lab/s/1`);
    await page.getByText('The simulator could not be loaded').waitFor();
    await page.unroute('**/lab/engine*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.stage-view svg').first().waitFor();
  });

  labTest('a syntax error in a scenario is reported with its line', async ({ page, demo: { web } }) => {
    await page.route('**/lab/scenarios/01-*', (route) => route.fulfill({ body: 'number = 1\nversion = one\n' }));
    await page.goto(`${web}/lab/s/1`);
    await page.getByText('This cannot be run').waitFor();
    await page.getByText('line 2').waitFor();
  });

  labTest('an invalid scenario is reported in the reader’s language, with its position', async ({ page, demo: { web } }) => {
    await page.route('**/lab/scenarios/01-*', async (route) => {
      const text = await (await route.fetch()).text();
      await route.fulfill({ body: text.replace('runs = "glasspost"', 'runs = "sendmail"') });
    });
    await page.goto(`${web}/lab/s/1`);
    const text = await page.locator('.lab-error p').innerText();
    assert.match(text, /无法运行：\s*第 \d+ 行第 \d+ 列：“sendmail”不能用在这里，可用的值有：.+。/);
  }, { locale: 'zh-CN' });

  labTest('a run that takes too long is stopped and reported, and can be retried', async ({ page, demo: { web } }) => {
    const endless = 'postMessage(null); onmessage = () => { for (;;); };';
    await page.route('**/lab/engine.js', (route) => route.fulfill({ contentType: 'text/javascript', body: endless }));
    await page.goto(`${web}/lab/s/1`);
    await page.getByText('took longer than ten seconds').waitFor({ timeout: 20_000 });
    await page.unroute('**/lab/engine.js');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.stage-view svg').first().waitFor();
  });

  test('progress is kept on the device and, with an account, on other devices', async () => {
    const alice = await (await person(browser, demo, 'alice')).signIn();
    await alice.page.locator('.side a[href="/lab/"]').click();
    await alice.page.locator('.scenario-row', { hasText: 'Local delivery' }).first().click();
    await alice.page.locator('.stage-view svg').first().waitFor();
    await alice.page.keyboard.press('End');
    await alice.page.locator('.lesson').waitFor();
    await waitFor('the account knows', 8_000, () => alice.page.evaluate(async () => (await (await fetch('/lab/progress')).text()).includes('"watched":true')));
    assert.deepEqual(alice.errors, []);
    await alice.close();
    const elsewhere = await (await person(browser, demo, 'alice')).signIn();
    await elsewhere.page.goto(`${demo.web}/lab/`);
    await elsewhere.page.locator('.scenario-row', { hasText: 'Local delivery' }).getByRole('img', { name: 'In progress' }).waitFor();
    await elsewhere.close();
  });

  test('the journey of a message shows it as submitted, and its growing header', async () => {
    const alice = await (await person(browser, demo, 'alice')).signIn();
    await alice.open('Handout and exercise');
    await alice.page.locator('.strip .watch').click();
    await alice.page.locator('.journey-page .message-panel .body').waitFor();
    const fields = alice.page.locator('.journey-page .message-panel .fields li');
    const begun = await fields.allInnerTexts();
    assert.ok(begun.some((field) => field.startsWith('Subject:')) && !begun.some((field) => field.startsWith('Return-Path:')), begun.join('|'));
    await alice.page.keyboard.press('End');
    await waitFor('the Received line', 5_000, async () => (await fields.allInnerTexts()).some((field) => field.startsWith('Received:')));
    assert.deepEqual(alice.errors, []);
    await alice.close();
  });

  test('in a journey no line of the dialogue covers another, in the webmail too', async () => {
    const alice = await (await person(browser, demo, 'alice')).signIn();
    const { page } = alice;
    await alice.open('Handout and exercise');
    await page.locator('.strip .watch').click();
    await page.locator('.journey-page .stage-view svg').first().waitFor();
    for (const level of ['3', '4']) {
      await page.keyboard.press(level);
      await page.keyboard.press('End');
      await page.locator('.journey-page .line-text .reply-line').first().waitFor();
      const faults = await page.evaluate(() => [...document.querySelectorAll('.journey-page .line-text')].flatMap((line) => {
        const outer = line.getBoundingClientRect();
        const rows = [...line.querySelectorAll('.reply-line')].map((row) => row.getBoundingClientRect());
        const outside = rows.some((row) => row.top < outer.top - 1 || row.bottom > outer.bottom + 1 || row.left < outer.left - 1);
        const overlapping = rows.some((row, at) => at > 0 && row.top < rows[at - 1].bottom - 1);
        return outside || overlapping ? [line.textContent.slice(0, 60)] : [];
      }));
      assert.deepEqual(faults, [], `level ${level}`);
    }
    await alice.close();
  });

  test('a printed journey lists every step, without controls', async () => {
    const alice = await (await person(browser, demo, 'alice')).signIn();
    const { page } = alice;
    await alice.open('Welcome to Glasspost');
    await page.locator('.strip .watch').click();
    await page.locator('.journey-page .stage-view svg').first().waitFor();
    const steps = Number(await page.locator('.stage-view [role=slider]').first().getAttribute('aria-valuemax'));
    await page.emulateMedia({ media: 'print' });
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    assert.ok(await page.locator('.journey-page h1').isVisible());
    assert.ok(await page.locator('.stage-view svg').first().isVisible());
    assert.ok(!await page.locator('.transport').isVisible());
    const lines = page.locator('.narration li');
    await waitFor('all steps', 5_000, async () => await lines.count() >= steps);
    assert.ok(await lines.last().isVisible());
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    await page.emulateMedia({ media: 'screen' });
    assert.ok(await page.locator('.transport').isVisible());
    await alice.close();
  });

  test('a notification on the page of a journey covers neither its controls nor its heading', async () => {
    const alice = await (await person(browser, demo, 'alice')).signIn();
    const { page } = alice;
    for (const width of [1360, 800, 390]) {
      await page.setViewportSize({ width, height: 760 });
      await alice.folder('inbox');
      await alice.open('Welcome to Glasspost');
      await page.keyboard.press('c');
      await page.locator('.compose [name=subject]').fill('thrown away');
      await page.locator('.compose').getByRole('button', { name: 'Discard draft' }).click();
      await page.locator('.strip .watch').click();
      await page.locator('.journey-page .transport').waitFor();
      const notice = page.locator('.notice', { hasText: 'Draft discarded' });
      await notice.waitFor();
      const box = await notice.boundingBox();
      for (const other of ['.transport', '.journey-page h1']) {
        const under = await page.locator(other).first().boundingBox();
        const apart = box.x + box.width <= under.x || under.x + under.width <= box.x || box.y + box.height <= under.y || under.y + under.height <= box.y;
        assert.ok(apart, `${width}, ${other}: ${JSON.stringify([box, under])}`);
      }
    }
    assert.deepEqual(alice.errors, []);
    await alice.close();
  });

  test('a failure to load the player is reported and can be retried', async () => {
    const alice = await (await person(browser, demo, 'alice')).signIn();
    await alice.page.route('**/lab/player.js*', (route) => route.abort());
    await alice.open('Welcome to Glasspost');
    await alice.page.locator('.strip .watch').click();
    await alice.page.getByText('The player could not be loaded').waitFor();
    await alice.page.unroute('**/lab/player.js*');
    await alice.page.getByRole('button', { name: 'Try again' }).click();
    await alice.page.locator('.journey-page .stage-view svg').first().waitFor();
    await alice.close();
  });

  for (const locale of ['zh-CN', 'en-GB']) {
    for (const colorScheme of ['light', 'dark']) {
      labTest(`axe finds no violations in the Lab: ${locale}, ${colorScheme}`, async (one) => {
        for await (const name of labPages(one)) {
          const found = await new AxeBuilder({ page: one.page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
          // The terms are part of the text of a protocol line, whose height limits them (WCAG
          // 2.5.8, Inline).
          const inline = (v) => v.id === 'target-size' && v.nodes.every((n) => /\.word\b/.test(n.target.join(' ')));
          const violations = found.violations.filter((v) => !inline(v)).map((v) => `${name}: ${v.id} ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`).join(' | ')}`);
          assert.deepEqual(violations, []);
        }
      }, { locale, colorScheme, reducedMotion: 'reduce' });
    }
  }

  for (const width of [320, 390, 680]) {
    labTest(`no page of the Lab overflows at ${width} pixels`, async (one) => {
      for await (const name of labPages(one)) {
        const wide = await one.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(wide <= 0, `${name}: ${wide} pixels too wide`);
      }
    }, { width, height: 780, locale: 'zh-CN' });
  }
});
