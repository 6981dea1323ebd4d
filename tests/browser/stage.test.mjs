// The player in a real window: visible controls and captions at every size, who can read each byte,
// and statistics of many runs.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { settled, startBrowser, startDemo, waitFor } from './demo.mjs';
import { learner } from './lab.mjs';

// Desktop, projector, phone.
const SIZES = [[1360, 860], [1280, 720], [390, 780]];
// The scenarios with the most hosts.
const CROWDED = [17, 46, 67];

describe('player', () => {
  let demo, browser;
  before(async () => {
    [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  const playerTest = (name, play, options = {}) => test(name, async () => {
    const one = await learner(browser, demo, { reducedMotion: 'reduce', ...options });
    try {
      await play(one);
      assert.deepEqual(one.errors, []);
    } finally {
      await one.close();
    }
  });

  /** What is visible of the player without scrolling. */
  const visibleParts = (page) => page.evaluate(() => {
    const within = (box) => box.top >= 0 && box.bottom <= innerHeight + 1;
    const bar = document.querySelector('.transport').getBoundingClientRect();
    const play = document.querySelector('.transport .play').getBoundingClientRect();
    // The caption of the step: on the diagram or, if that is scrolled out of view, beside the
    // buttons.
    const captions = [...document.querySelectorAll('.caption, .dns-lookup .answer, .current-step')].map((e) => e.getBoundingClientRect()).filter((box) => box.height > 0);
    const words = captions.some((box) => within(box) && (box.bottom <= bar.top + 1 || box.top >= bar.top));
    const svg = document.querySelector('.sheet svg');
    const sizes = [...svg.querySelectorAll('text')].filter((t) => t.textContent.trim()).map((t) => parseFloat(getComputedStyle(t).fontSize) * svg.getScreenCTM().a);
    return { bar: within(bar) && within(play), words: captions.length === 0 || words, messages: Math.min(...sizes) };
  });

  for (const [width, height] of SIZES) {
    playerTest(`at ${width}×${height} the controls and captions are visible and legible`, async ({ page, open, position, stepCount }) => {
      for (const number of CROWDED) {
        await open(`/lab/s/${number}`);
        const all = await stepCount();
        for (let step = 0; step < 25 && await position() < all; step += 1) {
          await page.keyboard.press(step % 5 === 4 ? ']' : 'ArrowRight');
          await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
          const now = await visibleParts(page);
          const where = `no. ${number}, step ${await position()}`;
          assert.ok(now.bar, `${where}: the transport bar is not visible`);
          assert.ok(now.words, `${where}: the caption is not visible`);
          assert.ok(now.messages >= 10.5, `${where}: text of ${now.messages} px`);
        }
      }
    }, { width, height });
  }

  playerTest('in presentation mode no text of the diagram is smaller than 14 px', async ({ page, open }) => {
    for (const number of CROWDED) {
      await open(`/lab/s/${number}`);
      await page.keyboard.press('f');
      await page.locator('.stage-view.present').waitFor();
      await settled(page);
      const now = await visibleParts(page);
      assert.ok(now.bar && now.messages >= 14, `no. ${number}: ${JSON.stringify(now)}`);
    }
  }, { width: 1280, height: 720 });

  playerTest('presentation mode persists across levels, and the current line stays visible', async ({ page, open }) => {
    await open('/lab/s/1');
    for (let step = 0; step < 16; step += 1) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('f');
    await page.locator('.stage-view.present').waitFor();
    for (const level of ['map', 'hops', 'dialogue', 'bytes', 'hops']) {
      await page.keyboard.press(String(['map', 'hops', 'dialogue', 'bytes'].indexOf(level) + 1));
      await page.locator(`.stage-view.present.level-${level}`).waitFor();
    }
    await waitFor('the current line in view', 3_000, () => page.evaluate(() => {
      const line = document.querySelector('.dialogue [aria-current]').getBoundingClientRect();
      const list = document.querySelector('.dialogue ol').getBoundingClientRect();
      return line.bottom <= list.bottom + 1 && line.top >= list.top - 1;
    }));
    await page.keyboard.press('Escape');
    await page.locator('.stage-view:not(.present)').waitFor();
  }, { width: 1280, height: 720 });

  playerTest('every key works in presentation mode, and only F, Escape and leaving full screen end it', async ({ page, open, position, stepCount }) => {
    await open('/lab/s/1');
    await page.keyboard.press('f');
    const presenting = page.locator('.stage-view.present');
    await presenting.waitFor();
    const all = await stepCount();
    const step = async (key, expected) => {
      const before = await position();
      await page.keyboard.press(key);
      await waitFor(`${key} in presentation mode`, 5_000, async () => expected(await position(), before));
      assert.equal(await presenting.count(), 1, key);
    };
    await step('ArrowRight', (now, before) => now === before + 1);
    await step('PageDown', (now, before) => now > before);
    await step('Shift+ArrowRight', (now, before) => now > before);
    await step(']', (now, before) => now > before);
    await step('[', (now, before) => now < before);
    await step('PageUp', (now, before) => now < before);
    await step('End', (now) => now === all);
    await step('ArrowLeft', (now) => now === all - 1);
    await step('Home', (now) => now <= 1);
    for (const key of ['4', '3', '1', '2', '+', '-', 'w', 'w', '?']) await step(key, () => true);
    // Escape closes the help, then the blank screen, and only then the presentation.
    await page.locator('.keys-help').waitFor();
    await step('Escape', () => true);
    await page.locator('.keys-help').waitFor({ state: 'detached' });
    await step('b', () => true);
    await step('Escape', () => true);
    await step('Space', (now, before) => now >= before);
    await page.locator('.stage-view.present.playing').waitFor();
    await page.keyboard.press('Escape');
    await presenting.waitFor({ state: 'detached' });
  }, { width: 1280, height: 720 });

  playerTest('Space plays after a click on a button, but presses one focused by keyboard', async ({ page, open, position }) => {
    await open('/lab/s/1');
    await page.locator('.units button').first().click();
    await page.keyboard.press('Space');
    await page.locator('.stage-view.playing').waitFor();
    await page.keyboard.press('Space');
    await page.locator('.stage-view:not(.playing)').waitFor();
    const before = await position();
    await page.locator('.step-buttons button').nth(2).focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    assert.ok(await position() > before, 'the button for one step forward was pressed');
    assert.equal(await page.locator('.stage-view.playing').count(), 0);
    await page.keyboard.press('?');
    await page.locator('.keys-help').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.keys-help').waitFor({ state: 'detached' });
  });

  playerTest('the first step after Home changes the position display', async ({ page, open }) => {
    await open('/lab/s/1');
    await page.keyboard.press('Home');
    const info = page.locator('.position-info');
    const before = await info.innerText();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((text) => document.querySelector('.position-info').innerText !== text, before);
  });

  playerTest('people with the same name, and devices of one person, have distinct labels', async ({ page, open }) => {
    for (const number of [46, 67]) {
      await open(`/lab/s/${number}`);
      const names = await page.locator('.sheet text.host').evaluateAll((all) => all.map((e) => e.firstChild.textContent));
      const notes = await page.locator('.sheet text.host').evaluateAll((all) => all.map((e) => e.textContent));
      assert.ok(names.every((name) => !/^\d+\.\d+\.\d+\.\d+$/.test(name)), names.join());
      assert.equal(new Set(notes).size, notes.length, notes.join());
    }
  });

  playerTest('a run over several days shows the date beside the time', async ({ page, open }) => {
    await open('/lab/s/49');
    await page.keyboard.press('End');
    assert.match(await page.locator('.position-info time').innerText(), /^\d+ Mar \d\d:\d\d:\d\d/);
  });

  playerTest('the controls of a comparison are visible on a phone', async ({ page, open }) => {
    await open('/lab/s/46?mode=tweak');
    await page.locator('.tweak .tool').first().click();
    await page.locator('.compare .sheet svg').first().waitFor();
    const now = await visibleParts(page);
    assert.ok(now.bar && now.words, JSON.stringify(now));
  }, { width: 390, height: 780 });

  playerTest('the visibility view marks who can read each byte, in clear text and in TLS', async ({ page, open }) => {
    await open('/lab/s/1');
    await page.keyboard.press('4');
    await page.keyboard.press('w');
    const bytes = () => page.evaluate(() => {
      const cells = [...document.querySelectorAll('.hex-table.by-reader :is(.hexes, .signs) span')];
      const named = (prefix) => new Set(cells.map((cell) => [...cell.classList].find((c) => c.startsWith(prefix)) ?? 'none'));
      return {
        count: cells.length, audiences: [...named('for-')], contents: [...named('of-')].sort(),
        line: document.querySelector('.transcript-view .exchange.now code')?.textContent ?? '', text: document.querySelector('.bytes-view').innerText,
        stroke: cells[0] && getComputedStyle(cells[0]).borderBottomStyle,
      };
    });
    const goToLine = async (words) => {
      await page.keyboard.press('Home');
      for (let step = 0; step < 60; step += 1) {
        const now = await bytes();
        if (now.line.startsWith(words)) return now;
        await page.locator('.units button').first().click();
        await page.keyboard.press('ArrowRight');
      }
      return assert.fail(`no line starts with ${words}`);
    };
    const clear = await goToLine('STARTTLS');
    assert.deepEqual([clear.count, clear.audiences, clear.stroke], [20, ['for-everybody'], 'solid'], 'ten bytes in hexadecimal and as text');
    assert.match(clear.text, /Readable by everybody/);
    const secret = await goToLine('AUTH');
    assert.deepEqual([secret.audiences, secret.contents, secret.stroke], [['for-ends'], ['of-dialogue', 'of-secret'], 'dotted']);
    assert.match(secret.text, /Only the size is visible to: people on the same Wi-Fi/);
    const envelope = await goToLine('RCPT');
    assert.deepEqual(envelope.contents, ['of-dialogue', 'of-envelope']);
    const message = await goToLine('(message content, 242 bytes)');
    assert.deepEqual(message.contents, ['of-body', 'of-header']);
    assert.match(message.text, /Header[\s\S]*from 0000[\s\S]*Body/);
  });

  playerTest('a random scenario is run a hundred times and its outcomes are charted', async ({ page, open }) => {
    await open('/lab/s/23?mode=tweak');
    await page.locator('.many button').click();
    await page.locator('.many-summary', { hasText: '100 runs, seeds 48 to 147: 800 outcomes' }).waitFor({ timeout: 60_000 });
    const numbers = await page.locator('.many-table').first().locator('.many-number b').allInnerTexts();
    assert.equal(numbers.map(Number).reduce((a, b) => a + b), 800);
    const spread = await page.locator('.many-table').nth(1).locator('.many-number b').allInnerTexts();
    assert.equal(spread.map(Number).reduce((a, b) => a + b), 100);
    const widths = await page.locator('.many-table').nth(1).locator('i').evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().width));
    const [most, least] = [spread.map(Number).indexOf(Math.max(...spread.map(Number))), spread.map(Number).indexOf(Math.min(...spread.map(Number)))];
    assert.ok(widths[most] > 3 * widths[least], `the bars are proportional to their numbers: ${widths}`);
    // A changed scenario has no statistics yet.
    await page.locator('.tweak input').first().check();
    await page.locator('.many-table').first().waitFor({ state: 'detached' });
  });
});
