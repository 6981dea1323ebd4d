// What lies where on a scenario's page: nothing covers the picture or the modes, also on a phone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { settled, startBrowser, startDemo, waitFor } from './demo.mjs';
import { learner } from './lab.mjs';

const PHONE = { width: 390, height: 844 };

describe('lab layout', () => {
  let demo, browser;
  before(async () => {
    [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  const layoutTest = (name, play, options = {}) => test(name, async () => {
    const one = await learner(browser, demo, options);
    try {
      await play(one);
      assert.deepEqual(one.errors, []);
    } finally {
      await one.close();
    }
  });

  const overlap = (a, b) => Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x) > 1
    && Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y) > 1;

  const fits = (page) => page.evaluate(() => document.scrollingElement.scrollWidth <= window.innerWidth);

  for (const [device, options] of [['screen', {}], ['phone', PHONE]]) {
    layoutTest(`on a ${device}, the outcome leaves the picture free, is closed and opened again`, async ({ page, open }) => {
      await open('/lab/s/1');
      await page.keyboard.press('2');
      await page.keyboard.press('End');
      const card = page.locator('.end-card');
      await card.waitFor();
      await settled(page);
      assert.ok(!overlap(await card.boundingBox(), await page.locator('.sheet').boundingBox()), 'the card covers the picture');
      assert.ok(await fits(page), 'the page scrolls sideways');
      await card.getByRole('button', { name: 'Close' }).click();
      await card.waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Outcome and lesson' }).click();
      await card.waitFor();
      await waitFor('the card in view', 3_000, async () => {
        const box = await card.boundingBox();
        return box.y < page.viewportSize().height && box.y + box.height > 0;
      });
    }, options);
  }

  layoutTest('a comparison states both outcomes and belongs to the mode that offers it', async ({ page, open }) => {
    await open('/lab/s/1?mode=tweak');
    await page.locator('.tweak').first().getByRole('button', { name: /side by side/i }).click();
    await page.locator('.compared-outcome', { hasText: /outcome/i }).waitFor();
    for (const mode of ['Console', 'Repair', 'Watch']) {
      await page.locator('.modes').getByRole('link', { name: mode }).click();
      await page.locator('.stage-view svg').first().waitFor();
      assert.equal(await page.locator('.compare').count(), 0, mode);
    }
    await page.locator('.modes').getByRole('link', { name: 'Tweak' }).click();
    await page.locator('.compare').waitFor();
  });

  layoutTest('until the runs differ, both pictures are the same', async ({ page, open }) => {
    await open('/lab/s/22?mode=tweak');
    await page.locator('.tweak').first().getByRole('button', { name: /side by side/i }).click();
    await page.locator('.compare .sheet svg').nth(1).waitFor();
    const pictures = () => page.locator('.compare .sheet').evaluateAll((sheets) => sheets.map((sheet) => ({
      frames: [...sheet.querySelectorAll('.host-frame rect')].map((r) => ['x', 'y', 'width', 'height'].map((a) => r.getAttribute(a)).join(' ')),
      names: [...sheet.querySelectorAll('text.host')].map((t) => t.textContent),
    })));
    await settled(page);
    const identical = page.locator('.divergence', { hasText: 'Identical so far' });
    await page.keyboard.press('Home');
    for (let step = 0; step < 40 && await identical.count() > 0; step += 1) {
      const [left, right] = await pictures();
      assert.deepEqual(left, right, `step ${step}`);
      await page.keyboard.press('ArrowRight');
    }
  });

  layoutTest('on a phone, the modes of a class fit, and the question is above the picture', async ({ page, open }) => {
    await open('/lab/s/1?mode=predict');
    assert.ok(await fits(page), 'Predict scrolls sideways');
    await page.keyboard.press('End');
    const question = page.locator('.note.question');
    await question.waitFor();
    await settled(page);
    const sheet = await page.locator('.sheet').boundingBox();
    assert.ok((await question.boundingBox()).y < sheet.y);
    await question.locator('.choice').first().click();
    await page.locator('.go-on').click();
    await page.locator('.pinned').waitFor();
    await settled(page);
    assert.ok((await page.locator('.pinned').boundingBox()).y > (await page.locator('.sheet').boundingBox()).y, 'answers push the picture away');
    await open('/lab/s/1?mode=present');
    assert.ok(await fits(page), 'Present scrolls sideways');
    await page.locator('.present-bar input[type=checkbox]').check();
    await page.keyboard.press('End');
    await page.locator('.vote .counter').first().waitFor();
    for (const counter of await page.locator('.vote .counter').all()) {
      const box = await counter.boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= PHONE.width);
    }
  }, PHONE);

  layoutTest('changes of the last visit are offered below the modes; those of a link are not kept', async ({ page, open }) => {
    await open('/lab/s/1?mode=tweak');
    await page.locator('.tweak input').first().check();
    await page.locator('.changed-mark').waitFor();
    await page.locator('.share-open').click();
    const link = await page.locator('.link-text').inputValue();
    await page.goto(`${demo.web}/lab/s/1`);
    const notice = page.locator('.share-notice:not([hidden])');
    await notice.waitFor();
    for (const part of ['.modes', '.level-bar']) {
      assert.ok(!overlap(await notice.boundingBox(), await page.locator(part).boundingBox()), `the notice covers ${part}`);
    }
    await notice.getByRole('button', { name: 'Discard' }).click();
    await page.goto('about:blank');
    await page.goto(link);
    await page.locator('.changed-mark').waitFor();
    await page.goto('about:blank');
    await page.goto(`${demo.web}/lab/s/1`);
    await page.locator('.stage-view svg').first().waitFor();
    await settled(page);
    assert.equal(await notice.count(), 0, 'the changes of a link are offered as unsaved');
  }, PHONE);

  for (const [locale, share] of [['en-GB', 'Save and share'], ['zh-CN', '保存与分享']]) {
    layoutTest(`controls have names, and no two the same (${locale})`, async ({ page, open }) => {
      for (const mode of ['watch', 'present']) {
        await open(`/lab/s/1?mode=${mode}`);
        await page.getByRole('button', { name: share }).waitFor();
        const names = await page.locator('.workspace-head a, .workspace-head button, .present-bar button, .level-bar button, .side-panel .tabs button')
          .evaluateAll((all) => all.map((e) => e.getAttribute('aria-label') ?? e.innerText.trim()));
        assert.ok(names.every((name) => name !== ''), JSON.stringify(names));
        assert.equal(new Set(names).size, names.length, JSON.stringify(names));
      }
    }, { locale, ...PHONE });
  }

  layoutTest('the hint on keys breaks between keys only', async ({ page, open }) => {
    await open('/lab/s/1?mode=present');
    const heights = await page.locator('.present-bar .key').evaluateAll((keys) => keys.map((key) => key.getClientRects().length));
    assert.ok(heights.length > 4 && heights.every((lines) => lines === 1), String(heights));
  }, { width: 900 });
});
