// A small IMAP client that represents another mail program of an account: it logs in, appends,
// lists and reads.
import { connect } from 'node:net';

/**
 * Connects to the demo's IMAP port and logs in: { command(text), append(…), select(name),
 * folders(), texts(name), close() }.
 */
export async function imap(demo, account) {
  const socket = connect(demo.ports.imap, '127.0.0.1');
  socket.setTimeout(30_000, () => socket.destroy(new Error('IMAP timed out')));
  let received = Buffer.alloc(0);
  let number = 0;
  let wake = () => {};
  let failed;
  socket.on('data', (data) => { received = Buffer.concat([received, data]); wake(); });
  socket.on('error', (error) => { failed = error; wake(); });
  socket.on('close', () => { failed ??= new Error('IMAP was closed'); wake(); });
  const waitUntil = async (ready) => {
    for (;;) {
      const answer = ready();
      if (answer !== undefined) return answer;
      if (failed) throw failed;
      await new Promise((resolve) => { wake = resolve; });
    }
  };
  /** The end of the tagged line; literals are skipped. */
  const endOf = (tag) => {
    let at = 0;
    for (;;) {
      const end = received.indexOf('\r\n', at);
      if (end < 0) return undefined;
      const line = received.subarray(at, end).toString('latin1');
      if (line.startsWith(`${tag} `)) return { end: end + 2, line };
      const literal = /\{(\d+)\}$/.exec(line);
      at = end + 2 + (literal ? Number(literal[1]) : 0);
    }
  };
  const command = async (text, ...pieces) => {
    number += 1;
    const tag = `t${number}`;
    socket.write(`${tag} ${text}`);
    for (const piece of pieces) socket.write(piece);
    socket.write('\r\n');
    const { end, line } = await waitUntil(() => endOf(tag));
    const answer = received.subarray(0, end);
    received = received.subarray(end);
    if (!line.startsWith(`${tag} OK`)) throw new Error(`${text.split(' ')[0]}: ${line}`);
    return answer;
  };
  await waitUntil(() => (received.includes('\r\n') ? true : undefined));
  received = Buffer.alloc(0);
  await command(`LOGIN "${account.address}" "${account.password}"`);
  const dated = (date) => {
    const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][date.getUTCMonth()];
    return `"${String(date.getUTCDate()).padStart(2, '0')}-${month}-${date.getUTCFullYear()} ${date.toISOString().slice(11, 19)} +0000"`;
  };
  return {
    command,
    /** Stores a message with an INTERNALDATE. */
    append: (folder, message, { date = new Date(), flags = '' } = {}) => {
      const bytes = Buffer.from(message);
      return command(`APPEND "${folder}" (${flags}) ${dated(date)} {${bytes.length}+}\r\n`, bytes);
    },
    select: (folder) => command(`SELECT "${folder}"`),
    /** The names of all folders. */
    async folders() {
      const answer = (await command('LIST "" "*"')).toString();
      return [...answer.matchAll(/^\* LIST \([^)]*\) "[^"]*" (?:"([^"]*)"|(\S+))\r$/gm)].map((found) => found[1] ?? found[2]);
    },
    /** All messages of a folder as one buffer. */
    async texts(folder) {
      await command(`EXAMINE "${folder}"`);
      const found = (await command('UID SEARCH ALL')).toString();
      return /^\* (?:E?SEARCH.*ALL|SEARCH) *\S/m.test(found) ? command('UID FETCH 1:* (BODY.PEEK[])') : Buffer.alloc(0);
    },
    close: () => socket.destroy(),
  };
}

/** A plain message. */
export function plain({ from = 'Someone <someone@elsewhere.test>', to = 'alice@glasspost.test', cc, subject, text = 'Hello.', date = new Date() }) {
  const head = [`From: ${from}`, `To: ${to}`, ...(cc ? [`Cc: ${cc}`] : []), `Subject: ${subject}`, `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${Math.random().toString(36).slice(2)}@elsewhere.test>`, 'MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit'];
  return `${head.join('\r\n')}\r\n\r\n${text}\r\n`;
}
