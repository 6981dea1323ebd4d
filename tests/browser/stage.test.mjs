// The stage in a real window: what must be in sight is, at every size in which it is shown; each byte says who reads it; many runs become a picture.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startBrowser, startDemo } from './demo.mjs';
import { learner } from './lab.mjs';

// A learner's window, a projector, a telephone.
const SIZES = [[1360, 860], [1280, 720], [390, 780]];
// Those with the most hosts.
const CROWDED = [17, 46, 67];

describe('stage', () => {
  let demo, browser;
  before(async () => {
    [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  const visiting = (name, play, options = {}) => test(name, async () => {
    const one = await learner(browser, demo, { reducedMotion: 'reduce', ...options });
    try {
      await play(one);
      assert.deepEqual(one.complaints, []);
    } finally {
      await one.close();
    }
  });

  /** What can be seen of the player without scrolling. */
  const seen = (page) => page.evaluate(() => {
    const within = (box) => box.top >= 0 && box.bottom <= innerHeight + 1;
    const bar = document.querySelector('.transport').getBoundingClientRect();
    const play = document.querySelector('.transport .play').getBoundingClientRect();
    // The words of the step: on the sheet, or, where that is scrolled away, beside the buttons.
    const said = [...document.querySelectorAll('.caption, .dns-lookup .answer, .current-step')].map((e) => e.getBoundingClientRect()).filter((box) => box.height > 0);
    const words = said.some((box) => within(box) && (box.bottom <= bar.top + 1 || box.top >= bar.top));
    const svg = document.querySelector('.sheet svg');
    const sizes = [...svg.querySelectorAll('text')].filter((t) => t.textContent.trim()).map((t) => parseFloat(getComputedStyle(t).fontSize) * svg.getScreenCTM().a);
    return { bar: within(bar) && within(play), words: said.length === 0 || words, messages: Math.min(...sizes) };
  });

  for (const [width, height] of SIZES) {
    visiting(`at ${width}×${height} the bar and the words of each step are in sight, and the messages can be read`, async ({ page, open, position, turns }) => {
      for (const number of CROWDED) {
        await open(`/lab/s/${number}`);
        const all = await turns();
        for (let step = 0; step < 25 && await position() < all; step += 1) {
          await page.keyboard.press(step % 5 === 4 ? ']' : 'ArrowRight');
          await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
          const now = await seen(page);
          const where = `no. ${number}, step ${await position()}`;
          assert.ok(now.bar, `${where}: the bar is not in sight`);
          assert.ok(now.words, `${where}: what is said is not in sight`);
          assert.ok(now.messages >= 10.5, `${where}: messages of ${now.messages} px`);
        }
      }
    }, { width, height });
  }

  visiting('for a projector no message of the stage is smaller than 14 px', async ({ page, open }) => {
    for (const number of CROWDED) {
      await open(`/lab/s/${number}`);
      await page.keyboard.press('f');
      await page.locator('.stage-view.present').waitFor();
      await page.waitForTimeout(300);
      const now = await seen(page);
      assert.ok(now.bar && now.messages >= 14, `no. ${number}: ${JSON.stringify(now)}`);
    }
  }, { width: 1280, height: 720 });

  visiting('large type survives every level and the dialogue stays at the current line', async ({ page, open }) => {
    await open('/lab/s/1');
    for (let step = 0; step < 16; step += 1) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('f');
    await page.locator('.stage-view.present').waitFor();
    for (const level of ['map', 'hops', 'dialogue', 'bytes', 'hops']) {
      await page.keyboard.press(String(['map', 'hops', 'dialogue', 'bytes'].indexOf(level) + 1));
      await page.locator(`.stage-view.present.level-${level}`).waitFor();
    }
    await page.waitForTimeout(300);
    const inSight = await page.evaluate(() => {
      const line = document.querySelector('.dialogue [aria-current]').getBoundingClientRect();
      const list = document.querySelector('.dialogue ol').getBoundingClientRect();
      return line.bottom <= list.bottom + 1 && line.top >= list.top - 1;
    });
    assert.ok(inSight, 'the current line is in sight');
    await page.keyboard.press('Escape');
    await page.locator('.stage-view:not(.present)').waitFor();
  }, { width: 1280, height: 720 });

  visiting('Space plays after a click on a button and presses a button that was reached by keyboard', async ({ page, open, position }) => {
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

  visiting('the first step forward after Home is seen', async ({ page, open }) => {
    await open('/lab/s/1');
    await page.keyboard.press('Home');
    const info = page.locator('.position-info');
    const before = await info.innerText();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((text) => document.querySelector('.position-info').innerText !== text, before);
  });

  visiting('people of one name, and two devices of one person, are told apart', async ({ page, open }) => {
    for (const number of [46, 67]) {
      await open(`/lab/s/${number}`);
      const names = await page.locator('.sheet text.host').evaluateAll((all) => all.map((e) => e.firstChild.textContent));
      const notes = await page.locator('.sheet text.host').evaluateAll((all) => all.map((e) => e.textContent));
      assert.ok(names.every((name) => !/^\d+\.\d+\.\d+\.\d+$/.test(name)), names.join());
      assert.equal(new Set(notes).size, notes.length, notes.join());
    }
  });

  visiting('a run over several days shows the date beside the time', async ({ page, open }) => {
    await open('/lab/s/49');
    await page.keyboard.press('End');
    assert.match(await page.locator('.position-info time').innerText(), /^\d+ Mar \d\d:\d\d:\d\d/);
  });

  visiting('two runs side by side have their bar in sight on a telephone as well', async ({ page, open }) => {
    await open('/lab/s/46?mode=tweak');
    await page.locator('.tweak .tool').first().click();
    await page.locator('.compare .sheet svg').first().waitFor();
    const now = await seen(page);
    assert.ok(now.bar && now.words, JSON.stringify(now));
  }, { width: 390, height: 780 });

  visiting('with the lens on each byte carries its reader, in the clear and in TLS, and the words say who it is', async ({ page, open }) => {
    await open('/lab/s/1');
    await page.keyboard.press('4');
    await page.keyboard.press('w');
    const bytes = () => page.evaluate(() => {
      const cells = [...document.querySelectorAll('.hex-table.by-reader :is(.hexes, .signs) span')];
      const named = (prefix) => new Set(cells.map((cell) => [...cell.classList].find((c) => c.startsWith(prefix)) ?? 'none'));
      return {
        count: cells.length, circles: [...named('for-')], portions: [...named('of-')].sort(),
        line: document.querySelector('.transcript-view .exchange.now code')?.textContent ?? '', told: document.querySelector('.bytes-view').innerText,
        stroke: cells[0] && getComputedStyle(cells[0]).borderBottomStyle,
      };
    });
    const until = async (words) => {
      await page.keyboard.press('Home');
      for (let step = 0; step < 60; step += 1) {
        const now = await bytes();
        if (now.line.startsWith(words)) return now;
        await page.locator('.units button').first().click();
        await page.keyboard.press('ArrowRight');
      }
      return assert.fail(`nobody says ${words}`);
    };
    const clear = await until('STARTTLS');
    assert.deepEqual([clear.count, clear.circles, clear.stroke], [20, ['for-everybody'], 'solid'], 'ten octets in hexadecimal and as text');
    assert.match(clear.told, /Readable by everybody/);
    const secret = await until('AUTH');
    assert.deepEqual([secret.circles, secret.portions, secret.stroke], [['for-ends'], ['of-dialogue', 'of-secret'], 'dotted']);
    assert.match(secret.told, /Only the size is visible to: people on the same Wi-Fi/);
    const envelope = await until('RCPT');
    assert.deepEqual(envelope.portions, ['of-dialogue', 'of-envelope']);
    const message = await until('(message content, 242 bytes)');
    assert.deepEqual(message.portions, ['of-body', 'of-header']);
    assert.match(message.told, /Header[\s\S]*from 0000[\s\S]*Body/);
  });

  visiting('what chance decides is played a hundred times and drawn with its numbers', async ({ page, open }) => {
    await open('/lab/s/23?mode=tweak');
    await page.locator('.many button').click();
    await page.locator('.many-summary', { hasText: '100 runs, seeds 48 to 147: 800 outcomes' }).waitFor({ timeout: 60_000 });
    const numbers = await page.locator('.many-table').first().locator('.many-number b').allInnerTexts();
    assert.equal(numbers.map(Number).reduce((a, b) => a + b), 800);
    const spread = await page.locator('.many-table').nth(1).locator('.many-number b').allInnerTexts();
    assert.equal(spread.map(Number).reduce((a, b) => a + b), 100);
    const widths = await page.locator('.many-table').nth(1).locator('i').evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().width));
    const [most, least] = [spread.map(Number).indexOf(Math.max(...spread.map(Number))), spread.map(Number).indexOf(Math.min(...spread.map(Number)))];
    assert.ok(widths[most] > 3 * widths[least], `the bars are as long as their numbers are great: ${widths}`);
    // Another world has not been counted yet.
    await page.locator('.tweak input').first().check();
    await page.locator('.many-table').first().waitFor({ state: 'detached' });
  });
});
