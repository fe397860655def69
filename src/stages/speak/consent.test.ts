import { expect, test } from 'vitest';
import { consentPhrase, saysConsent } from './consent.ts';

test('the phrase is found among other words, and where a recogniser misheard some', () => {
  expect(saysConsent(consentPhrase)).toBe(true);
  expect(saysConsent(`Hello, it's me. ${consentPhrase} Now about boats.`)).toBe(true);
  expect(
    saysConsent('im the owner of this boys i agree that a computer may speak with my voice in new videos'),
  ).toBe(true);
});

test('what is said otherwise is no consent', () => {
  expect(saysConsent('')).toBe(false);
  expect(saysConsent('I agree.')).toBe(false);
  expect(saysConsent(consentPhrase.replace('I agree', 'I do not agree'))).toBe(false);
  expect(saysConsent(consentPhrase.replace('I am the owner', 'I am not the owner'))).toBe(false);
  expect(saysConsent(consentPhrase.split(' ').slice(0, 12).join(' '))).toBe(false);
  // The same words over an hour of other talk.
  expect(saysConsent(consentPhrase.split(' ').join(' and then we went out to sea again '))).toBe(false);
});
