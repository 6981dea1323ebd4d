// Messages as other programs send them: delivered to the demonstration by SMTP on port 25.
import { connect } from 'node:net';

/** Delivers a message, given as its lines. */
export async function deliver(demo, to, lines, from = 'writer@elsewhere.test') {
  const socket = connect(demo.ports.smtp, '127.0.0.1');
  let heard = '';
  let tell = () => {};
  socket.setEncoding('utf8');
  socket.on('data', (text) => { heard += text; tell(); });
  const failed = new Promise((_, reject) => socket.on('error', reject));
  const reply = async () => {
    for (;;) {
      const last = /^(\d{3}) .*\r\n/m.exec(heard);
      if (last) {
        heard = heard.slice(last.index + last[0].length);
        return Number(last[1]);
      }
      await Promise.race([new Promise((resolve) => { tell = resolve; }), failed]);
    }
  };
  const say = async (line, wanted) => {
    if (line !== null) socket.write(`${line}\r\n`);
    const code = await reply();
    if (code !== wanted) throw new Error(`${line}: ${code}`);
  };
  await say(null, 220);
  await say('EHLO elsewhere.test', 250);
  await say(`MAIL FROM:<${from}>`, 250);
  await say(`RCPT TO:<${to}>`, 250);
  await say('DATA', 354);
  await say([...lines.map((line) => (line.startsWith('.') ? `.${line}` : line)), '.'].join('\r\n'), 250);
  await say('QUIT', 221);
  socket.end();
}

/** The lines of a message with a body of one type. */
export function message({ from = 'Writer <writer@elsewhere.test>', to = 'alice@glasspost.test', subject, type = 'text/plain', body, more = [] }) {
  return [
    `From: ${from}`, `To: ${to}`, `Subject: ${subject}`, `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${Math.random().toString(36).slice(2)}@elsewhere.test>`, ...more,
    'MIME-Version: 1.0', `Content-Type: ${type}; charset=utf-8`, 'Content-Transfer-Encoding: 8bit', '', ...body.split('\n'),
  ];
}
