// `node run.mjs` plays all journeys and says how many passed; `node run.mjs --shots DIR` makes pictures of every page instead.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBrowser, startDemo } from './demo.mjs';
import { pages } from './pages.mjs';
import { person } from './people.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const at = process.argv.indexOf('--shots');

if (at > 0) {
  await shots(resolve(process.argv[at + 1] ?? 'shots'));
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
        }
      }
    }
    console.log(`pictures in ${folder}`);
  } finally {
    await browser.close();
    await demo.stop();
  }
}
