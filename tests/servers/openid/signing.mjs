// The key that ID tokens are signed with: a token that was made wrong on purpose is signed again, so that a client
// that checks signatures as well fails at the very claim.
import { generateKeyPairSync, sign } from 'node:crypto';

/** A fresh key: `jwk` for the provider, `sign(header, claims)` for tokens of our own making. */
export function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    jwk: { ...privateKey.export({ format: 'jwk' }), kid: 'tests', use: 'sig', alg: 'RS256' },
    sign(header, claims) {
      const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
      return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
    },
  };
}
