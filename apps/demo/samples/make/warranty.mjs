// Writes ../warranty.pdf: the warranty booklet of an invented desk lamp, six A4 pages. Same bytes on every run.
//
//   node samples/make/warranty.mjs        (from apps/demo)
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import PdfDocument from 'pdfkit'

const GREEN = '#0b4a3c'
const INK = '#1d2422'
const GREY = '#6d7673'
const RULE = '#c9d0cd'
const MARGIN_POINTS = 56
const PAGE_WIDTH_POINTS = 595.28
const TEXT_WIDTH_POINTS = PAGE_WIDTH_POINTS - 2 * MARGIN_POINTS

const document = new PdfDocument({
  size: 'A4',
  margin: MARGIN_POINTS,
  bufferPages: true,
  info: {
    Title: 'LW-40 desk lamp: warranty and care',
    Author: 'Lumen Works',
    Subject: 'Warranty booklet',
    // A fixed date keeps the file the same on every run.
    CreationDate: new Date('2025-03-14T09:00:00Z'),
  },
})
const output = createWriteStream(fileURLToPath(new URL('../warranty.pdf', import.meta.url)))
document.pipe(output)

const logo = (x, y, scale) => {
  document.save().translate(x, y).scale(scale)
  document.moveTo(0, 30).lineTo(14, 4).lineTo(34, 14).lineTo(44, 36).lineTo(18, 24).closePath().fill(GREEN)
  document.circle(31, 27, 6).fill('#e5b93c')
  document.restore()
}

const heading = (text) => {
  document.moveDown(0.8).font('Helvetica-Bold').fontSize(14).fillColor(GREEN).text(text)
  document.moveDown(0.35)
}

const paragraph = (text) => {
  document.font('Helvetica').fontSize(10.5).fillColor(INK).text(text, { align: 'justify', lineGap: 2.6 })
  document.moveDown(0.6)
}

const list = (items) => {
  document.font('Helvetica').fontSize(10.5).fillColor(INK)
  document.list(items, { bulletRadius: 1.8, textIndent: 12, lineGap: 2.6 })
  document.moveDown(0.6)
}

const page = (title) => {
  document.addPage()
  logo(MARGIN_POINTS, 36, 0.55)
  document.font('Helvetica').fontSize(9).fillColor(GREY)
  document.text('Lumen Works', MARGIN_POINTS + 30, 44, { lineBreak: false })
  document.text('LW-40 desk lamp', MARGIN_POINTS, 44, { width: TEXT_WIDTH_POINTS, align: 'right' })
  document
    .moveTo(MARGIN_POINTS, 62)
    .lineTo(PAGE_WIDTH_POINTS - MARGIN_POINTS, 62)
    .lineWidth(0.6)
    .stroke(RULE)
  document.font('Helvetica-Bold').fontSize(22).fillColor(INK).text(title, MARGIN_POINTS, 84)
  document.moveDown(0.4)
}

const table = (columns, rows) => {
  const cell = (text, x, y, width, bold) => {
    document
      .font(bold ? 'Helvetica-Bold' : 'Helvetica')
      .fontSize(9.5)
      .fillColor(bold ? '#ffffff' : INK)
    document.text(text, x + 6, y + 6, { width: width - 12, lineGap: 1.5 })
  }
  const rowHeight = (row) =>
    Math.max(
      ...row.map((text, index) => document.heightOfString(text, { width: columns[index].width - 12, lineGap: 1.5 })),
    ) + 12
  let y = document.y + 4
  document.rect(MARGIN_POINTS, y, TEXT_WIDTH_POINTS, 23).fill(GREEN)
  let x = MARGIN_POINTS
  for (const column of columns) {
    cell(column.title, x, y, column.width, true)
    x += column.width
  }
  y += 23
  for (const [number, row] of rows.entries()) {
    document.font('Helvetica').fontSize(9.5)
    const height = rowHeight(row)
    if (number % 2 === 1) document.rect(MARGIN_POINTS, y, TEXT_WIDTH_POINTS, height).fill('#f1f4f2')
    x = MARGIN_POINTS
    for (const [index, text] of row.entries()) {
      cell(text, x, y, columns[index].width, false)
      x += columns[index].width
    }
    y += height
  }
  document.rect(MARGIN_POINTS, y, TEXT_WIDTH_POINTS, 0.1).lineWidth(0.6).stroke(RULE)
  document.x = MARGIN_POINTS
  document.y = y + 12
}

// Page 1: the cover.
document.rect(0, 0, PAGE_WIDTH_POINTS, 300).fill(GREEN)
document
  .save()
  .rect(PAGE_WIDTH_POINTS - 390, 0, 390, 300)
  .clip()
document.image(fileURLToPath(new URL('../new-lamp.jpg', import.meta.url)), PAGE_WIDTH_POINTS - 390, 0, {
  cover: [390, 300],
  align: 'center',
  valign: 'center',
})
document.restore()
document.font('Helvetica-Bold').fontSize(38).fillColor('#ffffff').text('LW-40', MARGIN_POINTS, 96)
document.fontSize(20).font('Helvetica').text('Desk lamp')
document.moveDown(1.4).fontSize(13).text('Warranty and care')
document.fillColor(INK).font('Helvetica-Bold').fontSize(15).text('Your warranty card', MARGIN_POINTS, 340)
document.moveDown(0.5)
for (const [label, value] of [
  ['Name', 'Marta Keller'],
  ['Product', 'LW-40 desk lamp, fir green enamel'],
  ['Serial number', 'LW40-7731-0926'],
  ['Bought', '14 March 2025, Lumen Works shop, Lindenstrasse 8'],
  ['Receipt', 'R-2025-031407'],
]) {
  const { y } = document
  document.font('Helvetica').fontSize(10.5).fillColor(GREY).text(label, MARGIN_POINTS, y, { lineBreak: false })
  document.fillColor(INK).text(value, MARGIN_POINTS + 120, y)
  document
    .moveTo(MARGIN_POINTS, document.y + 4)
    .lineTo(PAGE_WIDTH_POINTS - MARGIN_POINTS, document.y + 4)
    .lineWidth(0.5)
    .stroke(RULE)
  document.y += 11
}
document
  .save()
  .rotate(-9, { origin: [440, 600] })
  .lineWidth(1.6)
  .strokeColor('#8c2f25')
  .opacity(0.85)
document.roundedRect(362, 570, 156, 58, 6).stroke()
document
  .font('Helvetica-Bold')
  .fontSize(13)
  .fillColor('#8c2f25')
  .text('LUMEN WORKS', 362, 581, { width: 156, align: 'center' })
document.font('Helvetica').fontSize(10).text('sold 14 MAR 2025', 362, 602, { width: 156, align: 'center' })
document.restore()
document.font('Helvetica').fontSize(9.5).fillColor(GREY)
document.text('Keep this booklet with your receipt. You need both when you ask for a repair.', MARGIN_POINTS, 690)

// Page 2: what is covered.
page('What we promise')
paragraph(
  'We build the LW-40 to be used every day and to be repaired when something gives way. If a part fails because of its material or because of how we made it, we repair the lamp or replace the part, and you pay neither for the part nor for the work nor for the post.',
)
heading('How long')
table(
  [
    { title: 'Part', width: 150 },
    { title: 'Covered for', width: 90 },
    { title: 'Against', width: TEXT_WIDTH_POINTS - 240 },
  ],
  [
    ['Base, shade, enamel', '5 years', 'Chips, cracks and rust that did not come from a fall or a knock'],
    ['Lower and upper arm, rods', '2 years', 'Breaking, bending under the weight of the shade, rust'],
    ['Joints and springs', '2 years', 'Slipping, seizing, a spring that no longer carries the arm'],
    ['Switch, socket, cable', '2 years', 'Any electrical fault in household use'],
    ['Light meter and memory', '2 years', 'Readings that are off by more than ten per cent'],
    ['Bulb', 'not covered', 'Bulbs wear out; a bulb that arrives broken is replaced within 14 days'],
  ],
)
heading('Where')
paragraph(
  'The warranty holds in every country where we sell the LW-40, whether you bought it from us or from a shop. It belongs to the lamp, not to the person: whoever owns the lamp and has the receipt may use it. Your rights by law are not touched by anything in this booklet.',
)
heading('Not covered')
list([
  'damage from a fall, a knock, water, or a voltage other than 230 V',
  'a load on the arm other than the shade',
  'a bulb of more than 40 W, and what its heat has done',
  'repairs by somebody who is not listed on page 6, unless we agreed to it',
  'marks of ordinary use',
])

// Page 3: the drawing of the parts.
page('The parts of your lamp')
paragraph('Give us the number of the part when you write: it saves a question and a day.')
document.save().translate(95, 190).scale(3.9).lineWidth(0.5).strokeColor(INK)
document.ellipse(30, 118, 22, 5).stroke()
document.moveTo(8, 118).lineTo(8, 122).stroke()
document.moveTo(52, 118).lineTo(52, 122).stroke()
document.moveTo(8, 122).bezierCurveTo(8, 129, 52, 129, 52, 122).stroke()
document.polygon([27, 115], [28.5, 110], [31.5, 110], [33, 115]).stroke()
document.moveTo(29, 110).lineTo(15, 60).stroke()
document.moveTo(31, 110).lineTo(17, 60).stroke()
for (let turn = 0; turn < 13; turn += 1) document.ellipse(26.2 - turn * 0.55, 98 - turn * 2, 2.4, 0.9).stroke()
document.circle(16, 57, 4).stroke()
document.circle(16, 57, 1).stroke()
document.moveTo(19, 55).lineTo(62, 28).stroke()
document.moveTo(20, 57).lineTo(63, 30).stroke()
document.circle(65, 27, 3).stroke()
document.polygon([66, 24], [74, 20], [96, 40], [70, 54]).stroke()
document.ellipse(83, 47, 14.5, 4.4).stroke()
document.circle(84, 49, 5).dash(1, { space: 1 }).stroke().undash()
document.moveTo(52, 121).bezierCurveTo(66, 128, 76, 112, 98, 122).stroke()
document.fontSize(4.4).font('Helvetica-Bold')
for (const [number, x, y, toX, toY] of [
  [1, 2, 106, 12, 117],
  [2, 2, 88, 21, 86],
  [3, 40, 88, 26, 90],
  [4, 2, 50, 12, 56],
  [5, 36, 30, 42, 41],
  [6, 58, 15, 64, 24],
  [7, 94, 22, 84, 29],
  [8, 102, 58, 88, 51],
  [9, 88, 106, 80, 118],
]) {
  document
    .lineWidth(0.25)
    .strokeColor(GREY)
    .moveTo(x + 1.6, y + 1.6)
    .lineTo(toX, toY)
    .stroke()
  document.circle(x + 1.6, y + 1.6, 3.4).fillAndStroke('#ffffff', GREEN)
  document.fillColor(GREEN).text(String(number), x - 0.2, y - 0.1, { width: 3.6, align: 'center', lineBreak: false })
}
document.restore()
document.x = MARGIN_POINTS
document.y = 700
document.font('Helvetica').fontSize(9.5).fillColor(INK)
document.text(
  '1 base with weight    2 lower arm, two rods    3 spring    4 elbow joint with knob    5 upper arm, two rods\n6 neck joint    7 shade    8 socket and bulb (E14, at most 40 W)    9 cable, 2.1 m',
  { width: TEXT_WIDTH_POINTS, align: 'center', lineGap: 3 },
)

// Page 4: care.
page('Care and safety')
heading('Every few weeks')
list([
  'Pull the plug, let the bulb cool for ten minutes, wipe the enamel with a damp cloth. No spirit, no scouring powder.',
  'Put one drop of sewing machine oil on each joint once a year and move the arm through its whole range.',
  'If the arm sinks, tighten the knob of the elbow (4) by a quarter of a turn. If that does not help for a day, the spring (3) is tired: write to us.',
])
heading('When something breaks')
list([
  'Pull the plug first.',
  'Pick up the glass with a piece of cardboard, not with your fingers.',
  'Take a photo of the whole lamp and one of the broken part before you move it. We can often tell from it which part you need.',
  'Do not glue or weld the arm: the rods carry a spring under load.',
])
heading('Technical data')
table(
  [
    { title: 'Property', width: 190 },
    { title: 'Value', width: TEXT_WIDTH_POINTS - 190 },
  ],
  [
    ['Voltage, frequency', '230 V, 50 Hz'],
    ['Bulb', 'E14, LED up to 6 W or halogen up to 40 W'],
    ['Weight', '3.4 kg, of which the base is 2.3 kg'],
    ['Reach', '68 cm from the centre of the base'],
    ['Moving range of the elbow', '35 to 160 degrees'],
    ['Load tested on the upper arm', '1.8 kg at full reach, 20 000 cycles'],
    ['Light meter', 'one reading each 10 s, kept for 17 hours, read through the service socket under the base'],
    ['Protection', 'class II, for dry rooms'],
  ],
)

// Page 5: the terms.
page('Terms')
for (const [title, text] of [
  [
    '1  Who gives this warranty',
    'Lumen Works, Lindenstrasse 8, gives this warranty to the owner of the lamp named by its serial number. It is a promise beside the duties of the shop that sold the lamp, which stay as the law sets them.',
  ],
  [
    '2  When it begins',
    'It begins on the day on the receipt. A repair or a replaced part does not start it anew, but a replaced part is covered for at least one year.',
  ],
  [
    '3  How to use it',
    'File a ticket at our help desk within two months after you saw the fault, with a photo, a copy of this card and a few words, written or spoken. You get a ticket number at once and an answer within two working days.',
  ],
  [
    '4  What happens then',
    'We decide from your photo whether we send a part, ask for the lamp, or send a new lamp. If we ask for the lamp we pay the post both ways. If a part is no longer made we give you the next better one.',
  ],
  [
    '5  What we keep',
    'We keep your ticket, the photo and the recording for as long as the warranty runs and three months longer, and use them for nothing but this repair and for making the next lamp better. Ask, and we delete them earlier.',
  ],
  [
    '6  If we do not agree',
    'Should we refuse and you think that we are wrong, tell us: a second person who did not see your case before decides again within ten working days. Beyond that, the courts at your place of residence decide.',
  ],
  ['7  Single rules', 'Should one of these rules be void, the others stay.'],
]) {
  heading(title)
  paragraph(text)
}

// Page 6: service.
page('Service near you')
paragraph('These workshops repair the LW-40 in our name. The help desk tells you which of them has your part in stock.')
table(
  [
    { title: 'Workshop', width: 150 },
    { title: 'Address', width: 190 },
    { title: 'Open', width: TEXT_WIDTH_POINTS - 340 },
  ],
  [
    ['Lumen Works, main shop', 'Lindenstrasse 8, ground floor', 'Mon to Fri 9 to 18, Sat 10 to 14'],
    ['Ohm & Daughter', 'Harbour Road 71', 'Tue to Fri 10 to 17'],
    ['Atelier Volt', 'Rue des Tanneurs 19', 'Mon to Thu 8 to 16'],
    ['Repair Cafe North', 'Station Square 2, in the old post office', 'first Saturday of the month'],
    ['Lampada', 'Via del Corso 140', 'Mon to Fri 9 to 13, 15 to 19'],
  ],
)
heading('Record of repairs')
table(
  [
    { title: 'Date', width: 100 },
    { title: 'Part', width: 110 },
    { title: 'What was done', width: TEXT_WIDTH_POINTS - 330 },
    { title: 'Workshop', width: 120 },
  ],
  [
    ['2 June 2026', '4', 'Elbow knob replaced, joint oiled', 'Ohm & Daughter'],
    [' ', ' ', ' ', ' '],
    [' ', ' ', ' ', ' '],
    [' ', ' ', ' ', ' '],
    [' ', ' ', ' ', ' '],
  ],
)

const { count } = document.bufferedPageRange()
for (let index = 1; index < count; index += 1) {
  document.switchToPage(index)
  // Below the margin pdfkit would start a new page.
  document.page.margins.bottom = 0
  document.font('Helvetica').fontSize(8.5).fillColor(GREY)
  document.text(`${index + 1} of ${count}`, MARGIN_POINTS, 800, {
    width: TEXT_WIDTH_POINTS,
    align: 'center',
    lineBreak: false,
  })
}
document.end()
await finished(output)
