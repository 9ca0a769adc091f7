import type { TicketAnswer } from './ticket-answer.js'

const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; color: #1d2422; background: #f4f6f5; margin: 0 }
  main { max-width: 40rem; margin: 2rem auto; padding: 1.5rem 2rem; background: #fff; border-top: .4rem solid #0b4a3c }
  label { display: block; margin: .9rem 0 .2rem; font-weight: 600 }
  input, textarea { width: 100%; box-sizing: border-box; font: inherit; padding: .4rem .5rem }
  button { margin-top: 1.4rem; font: inherit; padding: .5rem 1.4rem; background: #0b4a3c; color: #fff; border: 0 }
  small { font-weight: 400; color: #6d7673 }
`

const EXAMPLE_DETAILS = '{\n  "serialNumber": "LW40-7731-0926",\n  "boughtOn": "2025-03-14"\n}'

/** The form with which a customer files a ticket. Works without a script. */
export const FORM_PAGE: string = page(
  'Lumen Works help desk',
  `<h1>What broke?</h1>
<p>Tell us, show us, or say it. You get a ticket number at once.</p>
<form method="post" action="/tickets" enctype="multipart/form-data">
  <label for="name">Your name</label><input id="name" name="name" required maxlength="150">
  <label for="email">E-mail</label><input id="email" name="email" type="email" required>
  <label for="product">Product</label><input id="product" name="product" required value="LW-40 desk lamp">
  <label for="subject">Subject</label><input id="subject" name="subject" required maxlength="150">
  <label for="description">What happened</label><textarea id="description" name="description" rows="5" required></textarea>
  <label for="details">Device details <small>JSON, may be empty</small></label>
  <textarea id="details" name="details" rows="4" spellcheck="false">${escapeHtml(EXAMPLE_DETAILS)}</textarea>
  <label for="photo">Photo <small>JPEG, PNG, WebP or AVIF</small></label>
  <input id="photo" name="photo" type="file" accept="image/jpeg,image/png,image/webp,image/avif">
  <label for="voice">Voice note</label><input id="voice" name="voice" type="file" accept="audio/*">
  <label for="warranty">Warranty <small>PDF</small></label>
  <input id="warranty" name="warranty" type="file" accept="application/pdf">
  <button>File the ticket</button>
</form>`,
)

/**
 * What a browser shows after the form was sent.
 *
 * @param traceUrl the page on which the viewer shows the request that filed the ticket
 */
export function confirmationPage(answer: TicketAnswer, traceUrl: string | undefined): string {
  const links = Object.entries(answer.links).map(
    ([name, path]) => `<li><a href="${escapeHtml(path)}">${escapeHtml(name)}</a></li>`,
  )
  const files = answer.attachments.map(
    ({ filename, url }) => `<li><a href="${escapeHtml(url)}">${escapeHtml(filename)}</a></li>`,
  )
  return page(
    `Ticket ${answer.number}`,
    `<h1>Ticket ${escapeHtml(answer.number)}</h1>
<p>Thank you. We answer within two working days.</p>
<ul>${links.join('')}</ul>
<h2>Your files</h2>
<ul>${files.join('') || '<li>none</li>'}</ul>
${traceUrl === undefined ? '' : `<p><a href="${escapeHtml(traceUrl)}">See this request, with everything you sent, in its trace</a></p>`}
<p><a href="/">File another ticket</a></p>`,
  )
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
