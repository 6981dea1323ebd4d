// `node figures.mjs` measures the Lab in Chromium and prints figures: the duration of a run in the
// tab, frame times with fifty messages in transit, and scrubbing. It asserts nothing, since slow
// machines must not fail.
import { startBrowser, startDemo } from './demo.mjs';
import { learner } from './lab.mjs';

const MESSAGES = 50;

/** A scenario with ten hosts and fifty messages at once, used only here. */
function busy() {
  const domains = Array.from({ length: 9 }, (_, i) => `${String.fromCharCode(97 + i)}.test`);
  const zone = domains.map((d, i) => `${d}. MX 10 mail.${d}.\nmail.${d}. A 192.0.2.${i + 1}\n${i + 1}.2.0.192.in-addr.arpa. PTR mail.${d}.`).join('\n');
  const host = (d, i) => `[[host]]\nname = "mail.${d}"\naddress = "192.0.2.${i + 1}"\nruns = "glasspost"\ndomains = ["${d}"]\n[[host.person]]\naddress = "p@${d}"\n`;
  const step = (n) => {
    const to = domains[1 + (n % (domains.length - 1))];
    return `[[step]]\nat = "1s"\n[step.submit]\non = "laptop.a.test"\nto-host = "mail.a.test"\nlogin = "p@a.test"\nfrom = "p@a.test"\nto = ["p@${to}"]\n`
      + `message = """\nFrom: <p@a.test>\nTo: <p@${to}>\nSubject: ${n}\nDate: Mon, 02 Mar 2026 08:00:00 +0000\nMessage-ID: <${n}@a.test>\n\n${n}\n"""\n`;
  };
  return `number = 1\nversion = 1\npart = "basics"\ntitle = { zh = "五十封", en = "Fifty" }\nlead = { zh = "忙", en = "busy" }\nlesson = { zh = "忙", en = "busy" }\n`
    + `[world]\nseed = 1\nlasts = "5m"\nzone = """\n${zone}\n"""\n`
    + `[[host]]\nname = "laptop.a.test"\naddress = "192.0.2.200"\nruns = "nothing"\n${domains.map(host).join('')}`
    + Array.from({ length: MESSAGES }, (_, n) => step(n)).join('')
    + '[expect]\n';
}

const quantile = (all, q) => [...all].sort((a, b) => a - b)[Math.min(all.length - 1, Math.floor(all.length * q))];
const ms = (n) => `${n.toFixed(1)} ms`;

const [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
try {
  const one = await learner(browser, demo, { width: 1280, height: 720 });
  const { page } = one;
  await one.open('/lab/');
  const run = (scenario) => page.evaluate(async (text) => {
    const worker = new Worker('/lab/engine.js', { type: 'module' });
    await new Promise((ready) => { worker.onmessage = ready; });
    const times = [];
    let events = 0;
    for (let n = 0; n < 5; n += 1) {
      const begun = performance.now();
      const answered = new Promise((done) => { worker.onmessage = (m) => done(m.data); });
      worker.postMessage([n, JSON.stringify({ play: { scenario: text } })]);
      const [, answer] = await answered;
      times.push(performance.now() - begun);
      const read = JSON.parse(answer);
      if (read.refused) throw new Error(JSON.stringify(read.refused));
      events = read.played.events.length;
    }
    worker.terminate();
    return { times, events };
  }, scenario);
  const first = await (await fetch(`${demo.web}/lab/scenarios/01-first-message.toml`)).text();
  for (const [name, text] of [['scenario 1', first], [`${MESSAGES} messages, 10 hosts`, busy()]]) {
    const { times, events } = await run(text);
    console.log(`run in the tab, ${name}: ${events} events, median ${ms(quantile(times, 0.5))}, first ${ms(times[0])}`);
  }
  await page.route('**/lab/scenarios/01-*', (route) => route.fulfill({ body: busy() }));
  await one.open('/lab/s/1');
  const steps = await one.stepCount();
  console.log(`the busy scenario has ${steps} steps`);

  const rail = await page.locator('.stage-view .scrub').boundingBox();
  const scrubs = await page.evaluate(async ({ left, top, width }) => {
    const slider = document.querySelector('.stage-view .scrub');
    const at = (x, type) => slider.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId: 1, clientX: x, clientY: top }));
    slider.setPointerCapture = () => {};
    const times = [];
    for (let n = 0; n < 40; n += 1) {
      const x = left + width * ((n * 0.618) % 1);
      const begun = performance.now();
      at(x, 'pointerdown');
      at(x, 'pointerup');
      // Wait until the diagram is drawn: the frame after the next.
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      times.push(performance.now() - begun);
    }
    return times;
  }, { left: rail.x, top: rail.y + 4, width: rail.width });
  console.log(`scrub to anywhere and drawn: median ${ms(quantile(scrubs, 0.5))}, p95 ${ms(quantile(scrubs, 0.95))}`);

  await page.keyboard.press('Home');
  await page.locator('.stage-view .speed').selectOption('8');
  await page.locator('.stage-view .play').click();
  const frames = await page.evaluate(() => new Promise((done) => {
    const gaps = [];
    let last;
    const frame = (now) => {
      if (last !== undefined) gaps.push(now - last);
      last = now;
      if (gaps.length < 600) requestAnimationFrame(frame); else done(gaps);
    };
    requestAnimationFrame(frame);
  }));
  console.log(`frames while it plays at 8×: median ${ms(quantile(frames, 0.5))}, p95 ${ms(quantile(frames, 0.95))}, longest ${ms(Math.max(...frames))}`);
  await one.close();
} finally {
  await browser.close();
  await demo.stop();
}
