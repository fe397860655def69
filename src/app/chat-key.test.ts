import { expect, test } from 'vitest';
import { readChatKey } from './chat-key.ts';

const env = { OPENAI_API_KEY: 'for-openai' };

test('a key for OpenAI goes to OpenAI alone', () => {
  expect(readChatKey({ chat: { model: 'm' } }, env)).toBe('for-openai');
  expect(readChatKey({ chat: { model: 'm', baseUrl: 'https://api.openai.com/v1' } }, env)).toBe('for-openai');
  for (const baseUrl of [
    'http://localhost:11434/v1',
    'https://api.openai.com.example.org/v1',
    'http://api.openai.com/v1',
  ])
    expect(readChatKey({ chat: { model: 'm', baseUrl } }, env)).toBeUndefined();
});

test('a key of our own goes to whatever server is configured', () => {
  const both = { ...env, PATTERNPIVOT_CHAT_API_KEY: 'ours' };
  expect(readChatKey({ chat: { model: 'm' } }, both)).toBe('ours');
  expect(readChatKey({ chat: { model: 'm', baseUrl: 'http://localhost:11434/v1' } }, both)).toBe('ours');
  expect(readChatKey({ chat: { model: 'm' } }, { PATTERNPIVOT_CHAT_API_KEY: '', OPENAI_API_KEY: '' })).toBe(
    undefined,
  );
});
