// Delivers messages to the demo by SMTP on port 25, as other hosts do.
import { connect } from 'node:net';

/** Delivers a message, given as lines. */
export async function deliver(demo, to, lines, from = 'writer@elsewhere.test') {
  const socket = connect(demo.ports.smtp, '127.0.0.1');
  let received = '';
  let wake = () => {};
  socket.setEncoding('utf8');
  socket.on('data', (text) => { received += text; wake(); });
  const failed = new Promise((_, reject) => socket.on('error', reject));
  const reply = async () => {
    for (;;) {
      const last = /^(\d{3}) .*\r\n/m.exec(received);
      if (last) {
        received = received.slice(last.index + last[0].length);
        return Number(last[1]);
      }
      await Promise.race([new Promise((resolve) => { wake = resolve; }), failed]);
    }
  };
  const command = async (line, wanted) => {
    if (line !== null) socket.write(`${line}\r\n`);
    const code = await reply();
    if (code !== wanted) throw new Error(`${line}: ${code}`);
  };
  await command(null, 220);
  await command('EHLO elsewhere.test', 250);
  await command(`MAIL FROM:<${from}>`, 250);
  await command(`RCPT TO:<${to}>`, 250);
  await command('DATA', 354);
  await command([...lines.map((line) => (line.startsWith('.') ? `.${line}` : line)), '.'].join('\r\n'), 250);
  await command('QUIT', 221);
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
