// What every journey with a browser needs: a running `glasspost demo` on free ports with a fresh data folder, and Chromium.
// GLASSPOST names the program (default: target/release/glasspost); CHROMIUM the browser (default: /usr/bin/chromium).
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

/** Starts a server of one's own: { web, ports, accounts, ca, account(name), stop() }. */
export async function startDemo() {
  const folder = mkdtempSync(join(tmpdir(), 'glasspost-browser-'));
  const data = join(folder, 'data');
  const told = join(data, 'demo.json');
  const log = openSync(join(folder, 'log'), 'a');
  const program = process.env.GLASSPOST ?? join(root, 'target/release/glasspost');
  const child = spawn(program, ['demo', '--data', data, '--ports-from', '0'], { stdio: ['ignore', log, log] });
  let failed;
  child.on('error', (error) => { failed = error; });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  closeSync(log);
  const lastWords = () => readFileSync(join(folder, 'log'), 'utf8').split('\n').slice(-20).join('\n');

  const demo = await waitFor('demo.json', 30_000, () => {
    if (failed) throw failed;
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${lastWords()}`);
    try {
      return existsSync(told) && JSON.parse(readFileSync(told, 'utf8'));
    } catch {
      return false; // Half written.
    }
  });
  await waitFor('the web address', 30_000, () => fetch(demo.web).then((answer) => answer.ok, () => false));
  return {
    ...demo,
    lastWords,
    account(name) {
      const found = demo.accounts.find((account) => account.address.startsWith(`${name}@`));
      if (!found) throw new Error(`there is no account ${name}`);
      return found;
    },
    async stop() {
      child.kill('SIGTERM');
      const forced = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(forced);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Chromium with an empty profile. A page of its own for each person: `(await browser.newContext()).newPage()`. */
export function startBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
}

/** Asks again until the answer is true. */
export async function waitFor(what, patience, ask) {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`${what} did not come within ${patience / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
