// `node run.mjs` plays all journeys and says how many passed; `node run.mjs --shots DIR` makes pictures of every page instead,
// `node run.mjs --scenes DIR` one of every scenario at its decisive moment, in both languages.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBrowser, startDemo } from './demo.mjs';
import { labPages, learner } from './lab.mjs';
import { pages } from './pages.mjs';
import { person } from './people.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const folderAfter = (word) => {
  const at = process.argv.indexOf(word);
  return at > 0 ? resolve(process.argv[at + 1] ?? 'shots') : undefined;
};

if (folderAfter('--shots')) {
  await shots(folderAfter('--shots'));
} else if (folderAfter('--scenes')) {
  await scenes(folderAfter('--scenes'));
} else {
  const files = readdirSync(here).filter((name) => name.endsWith('.test.mjs')).sort().map((name) => join(here, name));
  const child = spawn(process.execPath, ['--test', '--test-concurrency=1', '--test-reporter=spec', ...files], { stdio: ['inherit', 'pipe', 'inherit'] });
  const count = { pass: 0, fail: 0 };
  let rest = '';
  child.stdout.on('data', (bytes) => {
    process.stdout.write(bytes);
    const lines = (rest + bytes).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const [, word, number] = /^\S+ (pass|fail) (\d+)/.exec(line) ?? [];
      if (word) count[word] = Number(number);
    }
  });
  child.on('exit', (code) => {
    console.log(`${count.pass} passed, ${count.fail} failed`);
    process.exitCode = code ?? 1;
  });
}

async function shots(folder) {
  mkdirSync(folder, { recursive: true });
  const [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
  try {
    for (const locale of ['zh-CN', 'en-GB']) {
      for (const colorScheme of ['light', 'dark']) {
        for (const [size, width, height] of [['wide', 1360, 860], ['narrow', 390, 780]]) {
          const alice = await person(browser, demo, 'alice', { locale, colorScheme, width, height });
          for await (const name of pages(alice, demo)) {
            await alice.page.screenshot({ path: join(folder, `${name}-${locale.slice(0, 2)}-${colorScheme}-${size}.png`) });
          }
          await alice.close();
          const one = await learner(browser, demo, { locale, colorScheme, width, height });
          for await (const name of labPages(one)) {
            await one.page.screenshot({ path: join(folder, `${name}-${locale.slice(0, 2)}-${colorScheme}-${size}.png`) });
          }
          await one.close();
        }
      }
    }
    console.log(`pictures in ${folder}`);
  } finally {
    await browser.close();
    await demo.stop();
  }
}

/** Every scenario right after its first question is answered; one without questions at its middle. */
async function scenes(folder) {
  mkdirSync(folder, { recursive: true });
  const [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
  const failed = [];
  try {
    for (const locale of ['zh-CN', 'en-GB']) {
      const one = await learner(browser, demo, { locale, reducedMotion: 'reduce' });
      await one.open('/lab/');
      const all = await one.page.evaluate(async () => (await (await fetch('/lab/catalogue.json')).json()).scenarios);
      for (const { number, file } of all) {
        try {
          await one.open(`/lab/s/${number}?mode=predict`);
          await one.page.keyboard.press('End');
          const choice = one.page.locator('.choice').first();
          if (await choice.waitFor({ timeout: 3_000 }).then(() => true, () => false)) {
            await choice.click();
            await one.page.locator('.truth').waitFor();
          }
        } catch (error) {
          failed.push(`${file}: ${error.message.split('\n')[0]}`);
        }
        await one.page.waitForTimeout(300);
        await one.page.screenshot({ path: join(folder, `${file.replace('.toml', '')}-${locale.slice(0, 2)}.png`) });
      }
      failed.push(...one.complaints);
      await one.close();
    }
    console.log(`pictures in ${folder}`);
    if (failed.length > 0) {
      console.log(failed.join('\n'));
      process.exitCode = 1;
    }
  } finally {
    await browser.close();
    await demo.stop();
  }
}
