// What a person sees: plain pages without anything from elsewhere, whose fields and buttons keep their names.

const escape = (text) => String(text).replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);

const page = (title, body) => `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>
<body><h1>${title}</h1>${body}</body></html>`;

const SIGN_IN = 'Sign in';
const CONSENT = 'Permissions requested';

/** The pages of a sign-in: anybody may sign in with any password; then what is asked for is allowed or not. */
export function interactions(provider, base, knobs) {
  return async (ctx, next) => {
    if (!ctx.path.startsWith(`${base}/interaction/`)) return next();
    const details = await provider.interactionDetails(ctx.req, ctx.res);
    if (ctx.method === 'GET') {
      ctx.type = 'html';
      ctx.body = details.prompt.name === 'consent' ? consentPage(details) : signInPage(details);
      return undefined;
    }
    const given = await form(ctx);
    let result = { error: 'access_denied', error_description: 'The person said no.' };
    if (!given.has('deny')) {
      const signedIn = { [details.prompt.name]: {}, login: { accountId: given.get('login') } };
      result = details.prompt.name === 'consent' ? await consent(provider, details, knobs().withhold) : signedIn;
    }
    ctx.respond = false;
    return provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: !result.error });
  };
}

async function form(ctx) {
  let text = '';
  for await (const chunk of ctx.req) text += chunk;
  return new URLSearchParams(text);
}

function signInPage({ params }) {
  return page(SIGN_IN, `<form method="post">
<label>Address <input name="login" type="text" required value="${escape(params.login_hint ?? '')}"></label>
<label>Password <input name="password" type="password"></label>
<button name="go" value="yes">${SIGN_IN}</button></form>`);
}

function consentPage({ params, prompt }) {
  const asked = [...(prompt.details.missingOIDCScope ?? [])].map((scope) => `<li>${escape(scope)}</li>`).join('');
  return page(CONSENT, `<p>${escape(params.client_id)} asks for:</p><ul>${asked}</ul>
<form method="post"><button name="allow" value="yes">Accept</button>
<button name="deny" value="yes">Cancel</button></form>`);
}

async function consent(provider, { grantId, session, params, prompt: { details } }, withheld) {
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  const allowed = (details.missingOIDCScope ?? []).filter((scope) => !withheld.includes(scope));
  const refused = (details.missingOIDCScope ?? []).filter((scope) => withheld.includes(scope));
  if (allowed.length) grant.addOIDCScope(allowed.join(' '));
  if (refused.length) grant.rejectOIDCScope(refused.join(' '));
  if (details.missingOIDCClaims) grant.addOIDCClaims(details.missingOIDCClaims);
  return { consent: { grantId: await grant.save() } };
}

/** The pages of a device sign-in (RFC 8628 3.3). The forms are the provider's. */
export const devicePages = {
  charset: 'base-20',
  mask: '****-****',
  userCodeInputSource: (ctx, inputs, _out, error) => {
    if (error?.name === 'AbortedError') {
      ctx.body = page('Cancelled', '<p>You can close this page.</p>');
      return;
    }
    const wrong = error ? '<p>That code is not right.</p>' : '';
    ctx.body = page('Enter the code', `${wrong}${inputs}<button form="op.deviceInputForm">Continue</button>`);
  },
  userCodeConfirmSource: (ctx, inputs, client, _device, code) => {
    ctx.body = page('Is this your device?', `<p>${escape(client.clientId)}: ${escape(code)}</p>${inputs}
<button form="op.deviceConfirmForm">Continue</button>
<button form="op.deviceConfirmForm" name="abort" value="yes">Cancel</button>`);
  },
  successSource: (ctx) => {
    ctx.body = page('Device signed in', '<p>You can go back to your device.</p>');
  },
};
