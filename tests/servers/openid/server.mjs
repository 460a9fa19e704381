// An OpenID provider for tests: the certified npm oidc-provider with plain pages of our own, knobs to make it
// misbehave, and a list of what was asked of it. tests/servers/openid.py starts it and tells how it is used.
//
// Started with one argument, a JSON object: {key, certificate, clientCertificate, webPort, tenant}. Tells where it
// listens as one line of JSON on stdout, and ends when its stdin ends. https is what clients see; the control channel
// is plain http on another loopback port: POST /set, /reset, /revoke, /listen with JSON, GET /seen /secrets.
import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import Koa from 'koa';
import mount from 'koa-mount';
import { Provider, interactionPolicy } from 'oidc-provider';
import { clients } from './clients.mjs';
import { endpointOf, misbehaving, spoilRedirect, spoilTokens } from './faults.mjs';
import { interactions, devicePages } from './pages.mjs';
import { Storage } from './storage.mjs';
import { signingKey } from './signing.mjs';

const start = JSON.parse(process.argv[2]);
const BASE = `/${start.tenant}/v2.0`;
const SHARED = ['/common/v2.0', '/organizations/v2.0']; // as Microsoft: for people of any tenant
const COOKIE_KEYS = ['for tests'];
const QUIET = {
  accessTtl: 3600, refreshTtl: 14 * 86400, tokenBits: 256, rotate: true, refreshTokens: true, deviceInterval: 1,
  fail: {}, delay: {}, redirect: {}, idToken: {}, clockSkew: 0, discovery: {}, withhold: [], mailboxes: {},
  daemonMailbox: 'shared@example.org', authorizeError: null, marks: {},
};
let knobs = { ...QUIET };
let seen = [];
let secrets = [];

const storage = new Storage();
const key = signingKey();
const listener = https.createServer({ key: fs.readFileSync(start.key), cert: fs.readFileSync(start.certificate) });
const control = http.createServer(onControl);
await Promise.all([listen(listener, 0), listen(control, 0)]);
const port = listener.address().port;
const origin = `https://localhost:${port}`;

const certificate = new X509Certificate(fs.readFileSync(start.clientCertificate));
const policy = interactionPolicy.base();
policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0); // as the large ones have it
const provider = new Provider(`${origin}${BASE}`, {
  adapter: storage.adapter,
  clients: clients(start.webPort, certificate.publicKey.export({ format: 'jwk' })),
  scopes: [
    'openid', 'offline_access', 'https://mail.google.com/',
    'https://outlook.office.com/IMAP.AccessAsUser.All', 'https://outlook.office.com/POP.AccessAsUser.All',
    'https://outlook.office.com/SMTP.Send', 'https://outlook.office365.com/.default',
    'https://outlook.office.com/.default', 'https://graph.microsoft.com/.default',
    'https://graph.microsoft.com/Mail.ReadWrite', 'https://graph.microsoft.com/Mail.ReadWrite.Shared',
    'https://graph.microsoft.com/User.Read', 'Mail.ReadWrite', 'Mail.ReadWrite.Shared', 'User.Read', 'imap', 'pop3',
  ],
  claims: { openid: ['sub', 'tid'], profile: ['name', 'preferred_username'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: false, // address and name in the ID token, as all the large providers do
  findAccount: (_ctx, login) => ({
    accountId: login,
    claims: () => ({
      sub: login, tid: start.tenant, email: login, email_verified: true, name: login.split('@')[0],
      preferred_username: login,
    }),
  }),
  extraTokenClaims: (_ctx, token) => ({
    username: token.kind === 'ClientCredentials' ? knobs.daemonMailbox : token.accountId,
  }),
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true, allowedPolicy: () => true },
    deviceFlow: { enabled: true, ...devicePages },
    resourceIndicators: { enabled: false },
    rpInitiatedLogout: { enabled: false },
  },
  interactions: { url: (_ctx, interaction) => `${BASE}/interaction/${interaction.uid}`, policy },
  issueRefreshToken: (_ctx, client) => knobs.refreshTokens && client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: () => knobs.rotate,
  formats: { bitsOfOpaqueRandomness: (_ctx, token) => (token.kind === 'AccessToken' ? knobs.tokenBits : 256) },
  ttl: {
    AccessToken: () => knobs.accessTtl, ClientCredentials: () => knobs.accessTtl, RefreshToken: () => knobs.refreshTtl,
    AuthorizationCode: 60, IdToken: 3600, Grant: 14 * 86400, Interaction: 3600, Session: 14 * 86400, DeviceCode: 600,
  },
  enabledJWA: { clientAuthSigningAlgValues: ['RS256', 'PS256'] },
  jwks: { keys: [key.jwk] },
  cookies: { keys: COOKIE_KEYS },
});
for (const kind of ['AccessToken', 'ClientCredentials', 'RefreshToken', 'AuthorizationCode', 'DeviceCode']) {
  const model = provider[kind].prototype;
  const random = model.generateTokenId;
  model.generateTokenId = function generateTokenId() { return (knobs.marks[kind] ?? '') + random.call(this); };
}
for (const event of ['grant.error', 'authorization.error', 'introspection.error', 'server_error']) {
  provider.on(event, (_ctx, error) => console.error(event, error.message, error.error_description, error.error_detail));
}

const application = new Koa();
application.keys = COOKIE_KEYS; // the mounted provider signs its cookies by the outer application
application.silent = true;
application.use(remember);
application.use(misbehaving(() => knobs, note));
application.use(alter);
application.use(interactions(provider, BASE, () => knobs));
application.use(likeMicrosoft);
for (const base of [BASE, ...SHARED]) application.use(mount(base, provider));
listener.on('request', application.callback());

process.stdin.resume().on('end', () => process.exit(0));
console.log(JSON.stringify({ port, control: control.address().port, issuer: `${origin}${BASE}` }));

// --- what was asked ---

async function remember(ctx, next) {
  try {
    await next();
  } finally {
    const given = { ...ctx.query, ...ctx.oidc?.body };
    note({ ...given, ...(typeof ctx.body === 'object' && ctx.body) });
    const shown = ['grant_type', 'client_id', 'scope', 'redirect_uri', 'response_type', 'response_mode', 'prompt',
      'login_hint', 'code_challenge_method', 'access_type'];
    seen.push({
      endpoint: endpointOf(ctx.path), method: ctx.method, path: ctx.path, status: ctx.status,
      error: ctx.body?.error ?? '', authentication: ctx.get('authorization').split(' ')[0],
      given: Object.fromEntries(shown.filter((name) => name in given).map((name) => [name, given[name]])),
      names: Object.keys(given).sort(), // of what was sent: values may be secret
    });
  }
}

/** Remember what nobody else must know, of a request or an answer. */
function note(given) {
  const kept = ['code', 'code_verifier', 'device_code', 'access_token', 'refresh_token', 'id_token', 'client_secret',
    'client_assertion'];
  for (const name of kept) if (given[name]) secrets.push([name, String(given[name])]);
}

// --- answers made wrong, and Microsoft's shared authorities ---

/** Microsoft gives offline_access to whoever chose an account, without the consent that this provider insists on. */
async function likeMicrosoft(ctx, next) {
  const asked = ctx.url;
  if (ctx.query.prompt === 'select_account') ctx.query = { ...ctx.query, prompt: 'select_account consent' };
  try {
    await next();
  } finally {
    ctx.url = asked;
  }
}

async function alter(ctx, next) {
  await next();
  switch (endpointOf(ctx.path)) {
    case 'discovery':
      if (!ctx.path.startsWith(BASE)) ctx.body.issuer = `${origin}/{tenantid}/v2.0`;
      ctx.body = { ...ctx.body, ...knobs.discovery };
      break;
    case 'token':
      if (ctx.body?.id_token) ctx.body.id_token = spoilTokens(ctx.body.id_token, knobs, key);
      break;
    case 'device':
      if (ctx.body?.device_code) ctx.body.interval = knobs.deviceInterval;
      break;
    case 'introspection':
      if (ctx.body?.username) ctx.body.username = knobs.mailboxes[ctx.body.username] ?? ctx.body.username;
      break;
    default:
      spoilRedirect(ctx, origin, knobs.redirect);
  }
}

// --- the control channel ---

async function onControl(request, response) {
  let text = '';
  for await (const chunk of request) text += chunk;
  const given = text ? JSON.parse(text) : {};
  let answer = {};
  switch (request.url) {
    case '/set': {
      const unknown = Object.keys(given).filter((name) => !(name in QUIET));
      if (unknown.length) answer = { unknown };
      else Object.assign(knobs, given);
      break;
    }
    case '/reset':
      knobs = { ...QUIET };
      seen = [];
      secrets = [];
      storage.clear();
      break;
    case '/revoke':
      answer = { revoked: storage.remove(given.kinds, given.login) };
      break;
    case '/listen':
      if (given.on && !listener.listening) await listen(listener, port);
      if (!given.on && listener.listening) {
        const closed = new Promise((done) => { listener.close(done); });
        listener.closeAllConnections();
        await closed;
      }
      break;
    case '/seen':
      answer = seen;
      break;
    case '/secrets':
      answer = secrets;
      break;
    default:
      response.statusCode = 404;
  }
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(answer));
}

function listen(server, where) {
  return new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(where, '127.0.0.1', done);
  });
}
