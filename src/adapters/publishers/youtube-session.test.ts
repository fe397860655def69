import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OAuth2Client } from 'google-auth-library';
import { expect, test } from 'vitest';
import { needRecording } from '../../../test/recordings.ts';
import { isTrusted, readRange, sendPiece, type SessionAnswer } from './youtube-session.ts';

/** What a session says to a piece, when a server answers it so. */
async function answerTo(status: number, body: string): Promise<SessionAnswer> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status).end(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const auth = new OAuth2Client();
  auth.setCredentials({ access_token: 'a token', expiry_date: Date.now() + 600_000 });
  try {
    return await sendPiece(
      { auth, apiUrl, signal: new AbortController().signal },
      `${apiUrl}/upload/youtube/v3/videos?upload_id=x`,
      { from: 0, bytes: Buffer.from('film'), sizeBytes: 4, timeoutMs: 5000 },
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('what YouTube answered to real uploads is understood', async (context) => {
  const inserted = needRecording(context, 'api/youtube_data_v3/testdata/apidata/videos/insert_response.json');
  expect(await answerTo(200, await readFile(inserted, 'utf8'))).toEqual({
    kind: 'complete',
    videoId: 'D-lhorsDlUQ',
  });
  const folder =
    'api/youtube_vcr_yt_gem/Yt_Models_Account/_upload_video/given_the_path_to_a_local_video_file';
  const recorded = await readFile(needRecording(context, `${folder}/1_9_1_1.yml`), 'utf8');
  const answer = /string: \|-?\n((?: {8}.*\n)+?) {4}http_version[\s\S]*method: delete/u.exec(
    recorded.slice(recorded.indexOf('method: put')),
  )?.[1];
  expect(await answerTo(200, answer ?? '')).toEqual({ kind: 'complete', videoId: '23l6qyMiDpc' });
  // The session that YouTube gave is at another address of Google's than the one that was asked.
  const location = /uri: (https:\S+upload_id=\S+)/u.exec(recorded)?.[1] ?? '';
  expect(isTrusted(location, 'https://youtube.googleapis.com')).toBe(true);
});

test('answers that are none are trouble that may pass, and never a video', async () => {
  const wrong = ['', '{}', '{"kind":"youtube#video"}', '{"kind":"youtube#video","id":"../x"}', '<html>'];
  for (const body of wrong) {
    expect(await answerTo(200, body)).toMatchObject({ kind: 'trouble', failure: { isPassing: true } });
  }
  expect(await answerTo(404, '')).toEqual({ kind: 'gone' });
  expect(await answerTo(410, '')).toEqual({ kind: 'gone' });
  expect(await answerTo(308, '')).toEqual({ kind: 'wanting', receivedBytes: 0 });
  expect(await answerTo(400, '')).toMatchObject({ kind: 'trouble', failure: { isPassing: false } });
});

test('bytes go to no address but where it was asked, or from Google to Google', () => {
  const root = 'https://youtube.googleapis.com';
  for (const address of [
    'http://www.googleapis.com/upload',
    'https://www.googleapis.com.evil.example/upload',
    'https://evilgoogleapis.com/upload',
    'https://www.googleapis.com:8443/upload',
    'https://a:b@www.googleapis.com/upload',
    '/upload',
    `https://www.googleapis.com/${'x'.repeat(9000)}`,
  ]) {
    expect(isTrusted(address, root), address.slice(0, 60)).toBe(false);
  }
  expect(isTrusted('http://127.0.0.1:8080/u', 'http://127.0.0.1:8080')).toBe(true);
  expect(isTrusted('https://www.googleapis.com/u', 'http://127.0.0.1:8080')).toBe(false);
});

test('ranges are read as they are written', () => {
  expect(readRange(null)).toBe(0);
  expect(readRange('bytes=0-0')).toBe(1);
  expect(readRange('0-262143')).toBe(262_144);
  for (const text of ['', 'bytes=1-5', 'bytes=0-', 'bytes=0--1', 'bytes=0-99999999999999999']) {
    expect(readRange(text)).toBeUndefined();
  }
});
