// `node run.mjs` runs all tests and prints how many passed. `node run.mjs --shots DIR` takes
// screenshots of every page instead; `node run.mjs --scenes DIR` takes one of every scenario at its
// decisive moment, in both languages.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { settled, startBrowser, startDemo } from './demo.mjs';
import { labPages, learner } from './lab.mjs';
import { pages } from './pages.mjs';
import { person } from './webmail.mjs';
import { ownPages, toolPages } from './tools.mjs';

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

/**
 * Takes screenshots in three sizes: desktop, projector, phone. `--only lab-watch,zh,dark` takes
 * only those whose names contain all of these words, `--only lab:,tools:` those of these parts
 * (mail, lab, tools, own).
 */
async function shots(folder) {
  mkdirSync(folder, { recursive: true });
  const only = (process.argv[process.argv.indexOf('--only') + 1 || -1] ?? '').split(',');
  const [named, words] = [only.filter((word) => word.endsWith(':')), only.filter((word) => !word.endsWith(':'))];
  const looks = words.filter((word) => /^(zh|en|light|dark|wide|projector|narrow)$/.test(word));
  const [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
  const failed = [];
  try {
    for (const locale of ['zh-CN', 'en-GB']) {
      for (const colorScheme of ['light', 'dark']) {
        for (const [size, width, height] of [['wide', 1360, 860], ['projector', 1280, 720], ['narrow', 390, 780]]) {
          const look = { locale, colorScheme, width, height };
          const setting = `${locale.slice(0, 2)}-${colorScheme}-${size}`;
          const through = async (part, one, all) => {
            try {
              for await (const name of all(one)) {
                if (words.every((word) => `${name}-${setting}`.includes(word))) await one.page.screenshot({ path: join(folder, `${name}-${setting}.png`) });
              }
            } catch (error) {
              failed.push(`${part} ${setting}: ${error.message.split('\n')[0]}`);
            }
            failed.push(...one.errors.map((text) => `${part} ${setting}: ${text}`));
            await one.close();
          };
          const parts = {
            mail: async () => through('mail:', await person(browser, demo, 'alice', look), (one) => pages(one, demo)),
            lab: async () => through('lab:', await learner(browser, demo, look), labPages),
            tools: async () => through('tools:', await learner(browser, demo, look), toolPages),
            own: async () => through('own:', await (await person(browser, demo, 'alice', look)).signIn(), (one) => ownPages(one, demo)),
          };
          for (const [part, play] of Object.entries(parts)) {
            const fits = looks.every((word) => setting.includes(word)) && (named.length === 0 || named.includes(`${part}:`));
            if (fits) await play();
          }
        }
      }
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

/** Takes a screenshot of every scenario after its first question; without questions, at its end. */
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
        await settled(one.page);
        await one.page.screenshot({ path: join(folder, `${file.replace('.toml', '')}-${locale.slice(0, 2)}.png`) });
      }
      failed.push(...one.errors);
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
