// Fixtures of the browser tests: a running `glasspost demo` on free ports with a fresh data folder,
// and Chromium. GLASSPOST is the path of the program (default: target/release/glasspost), CHROMIUM
// that of the browser (default: /usr/bin/chromium).
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

/**
 * Starts a private server: { web, ports, accounts, ca, logTail(), account(name), halt(), resume(),
 * stop() }. With `keepPorts`, the ports stay the same across halt() and resume().
 */
export async function startDemo({ keepPorts = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'glasspost-browser-'));
  const data = join(folder, 'data');
  const infoFile = join(data, 'demo.json');
  const log = openSync(join(folder, 'log'), 'a');
  const program = process.env.GLASSPOST ?? join(root, 'target/release/glasspost');
  const portsFrom = keepPorts ? String(20_000 + Math.floor(Math.random() * 1_000) * 20) : '0';
  let child;
  let ended;
  let failed;
  const start = () => {
    child = spawn(program, ['demo', '--data', data, '--ports-from', portsFrom], { stdio: ['ignore', log, log] });
    child.on('error', (error) => { failed = error; });
    ended = new Promise((resolve) => child.on('exit', resolve));
  };
  const halt = async () => {
    child.kill('SIGTERM');
    const forced = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(forced);
  };
  start();
  const logTail = () => readFileSync(join(folder, 'log'), 'utf8').split('\n').slice(-20).join('\n');

  const demo = await waitFor('demo.json', 30_000, () => {
    if (failed) throw failed;
    if (child.exitCode !== null) throw new Error(`the server exited with ${child.exitCode}:\n${logTail()}`);
    try {
      return existsSync(infoFile) && JSON.parse(readFileSync(infoFile, 'utf8'));
    } catch {
      return false; // Partially written.
    }
  });
  const responds = () => fetch(demo.web).then((response) => response.ok, () => false);
  await waitFor('the web address', 30_000, responds);
  return {
    ...demo,
    logTail,
    account(name) {
      const found = demo.accounts.find((account) => account.address.startsWith(`${name}@`));
      if (!found) throw new Error(`there is no account ${name}`);
      return found;
    },
    halt,
    async resume() {
      start();
      await waitFor('the web address', 30_000, responds);
    },
    async stop() {
      await halt();
      closeSync(log);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts Chromium with an empty profile. Each person needs their own `browser.newContext()`. */
export function startBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
}

/**
 * Polls until the result is truthy and returns it; `what` is named in the error. For what gives no
 * event: another process, or a page's state that is computed.
 */
export async function waitFor(what, timeout, poll) {
  const end = Date.now() + timeout;
  for (;;) {
    const result = await poll();
    if (result) return result;
    if (Date.now() > end) throw new Error(`timed out after ${timeout / 1000} s waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until a page shows what it has: fonts loaded, animations finished, and two frames drawn. */
export async function settled(page) {
  await page.evaluate(async () => {
    await document.fonts.ready;
    // Not those that run for ever or count down the time of a notice.
    const short = document.getAnimations().filter((one) => one.playState === 'running' && one.effect?.getComputedTiming().endTime < 2_000);
    await Promise.allSettled(short.map((one) => one.finished));
    await new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); });
  });
}

/** Lets time pass in which nothing must happen: there is no event for that. */
export function nothingFor(milliseconds) {
  return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
}

/** A pause of a person or program in a random schedule. Nothing is awaited. */
export function pause(milliseconds) {
  return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
}
