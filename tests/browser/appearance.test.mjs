// Every page in both themes and languages: axe finds no violations, and nothing overflows on narrow
// screens.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { settled, startBrowser, startDemo } from './demo.mjs';
import { pages } from './pages.mjs';
import { fits, person } from './webmail.mjs';

describe('appearance', () => {
  let demo, browser;
  before(async () => {
    [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  for (const locale of ['zh-CN', 'en-GB']) {
    for (const colorScheme of ['light', 'dark']) {
      test(`axe finds no violations: ${locale}, ${colorScheme}`, async () => {
        const alice = await person(browser, demo, 'alice', { locale, colorScheme, reducedMotion: 'reduce' });
        for await (const name of pages(alice, demo)) {
          // The message itself is foreign content, in a frame that scripts cannot enter.
          const found = await new AxeBuilder({ page: alice.page }).exclude('iframe').withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
          const violations = found.violations.map((v) => `${name}: ${v.id} ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`).join(' | ')}`);
          assert.deepEqual(violations, []);
        }
        assert.equal(await alice.page.evaluate(() => document.documentElement.lang), locale === 'zh-CN' ? 'zh-CN' : 'en');
        await alice.close();
      });
    }
  }

  test('a journey that does not fit can be scrolled by keyboard', async () => {
    const alice = await person(browser, demo, 'alice', { width: 1360, height: 420, reducedMotion: 'reduce' });
    await alice.signIn();
    await alice.open('Welcome to Glasspost');
    await alice.page.locator('.strip .watch').click();
    await alice.page.locator('.journey-page svg').first().waitFor();
    await settled(alice.page);
    const found = await new AxeBuilder({ page: alice.page }).exclude('iframe').withRules(['scrollable-region-focusable', 'link-name']).analyze();
    assert.deepEqual(found.violations.map((v) => `${v.id} ${v.nodes.map((n) => n.target.join(' ')).join(' | ')}`), []);
    const unreachable = await alice.page.evaluate(() => [...document.querySelectorAll('.sheet')]
      .filter((sheet) => sheet.scrollHeight > sheet.clientHeight + 2 && sheet.tabIndex < 0).length);
    assert.equal(unreachable, 0);
    await alice.close();
  });

  for (const width of [320, 390, 680]) {
    test(`no page overflows at ${width} pixels`, async () => {
      const alice = await person(browser, demo, 'alice', { width, height: 700, locale: 'zh-CN' });
      for await (const name of pages(alice, demo)) {
        assert.ok(await fits(alice.page), name);
      }
      await alice.close();
    });
  }
});
