import type { ServerResponse } from 'node:http';

const style = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 32rem; margin: 20vh auto 0; padding: 0 24px; }
`;

/** Answers a browser with one sentence. The page has nothing from elsewhere, and its address, which holds a code, is told to nobody. */
export function answerPage(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
      `<title>PatternPivot</title><style>${style}</style><h1>PatternPivot</h1><p>${sentence}</p></html>`,
  );
}
