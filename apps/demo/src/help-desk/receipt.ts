import PdfDocument from 'pdfkit'
import type { Ticket } from './ticket.js'

const GREEN = '#0b4a3c'
const INK = '#1d2422'
const GREY = '#6d7673'
const MARGIN_POINTS = 56
const LABEL_WIDTH_POINTS = 110

/**
 * Writes the receipt of a ticket.
 *
 * @returns a stream of the PDF, which is drawn while it is read
 */
export function createReceipt(ticket: Ticket): PDFKit.PDFDocument {
  const document = new PdfDocument({
    size: 'A4',
    margin: MARGIN_POINTS,
    info: {
      Title: `Receipt of ticket ${ticket.number}`,
      Author: 'Lumen Works help desk',
      CreationDate: ticket.createdAt,
    },
  })
  document.rect(0, 0, document.page.width, 96).fill(GREEN)
  document.font('Helvetica-Bold').fontSize(24).fillColor('#ffffff').text(`Ticket ${ticket.number}`, MARGIN_POINTS, 36)
  document
    .font('Helvetica')
    .fontSize(11)
    .fillColor(INK)
    .text('We have your ticket. Here is what you sent us.', MARGIN_POINTS, 126)
  document.moveDown(1.5)

  drawRow(document, 'Received', ticket.createdAt.toISOString().replace('T', ' ').slice(0, 19) + ' UTC')
  drawRow(document, 'Name', ticket.name)
  drawRow(document, 'E-mail', ticket.email)
  drawRow(document, 'Product', ticket.product)
  drawRow(document, 'Subject', ticket.subject)
  drawRow(document, 'Description', ticket.description)
  for (const [label, value] of Object.entries(ticket.details)) drawRow(document, label, textOf(value))

  document.moveDown(1).font('Helvetica-Bold').fontSize(13).fillColor(GREEN).text('Files', MARGIN_POINTS)
  document.moveDown(0.5)
  if (ticket.attachments.length === 0) drawRow(document, 'none', '')
  for (const { field, filename, contentType, sizeBytes } of ticket.attachments) {
    drawRow(document, field, `${filename}\n${contentType}, ${sizeBytes.toLocaleString('en-US')} bytes`)
  }
  document.end()
  return document
}

function drawRow(document: PDFKit.PDFDocument, label: string, value: string): void {
  const { y } = document
  document
    .font('Helvetica')
    .fontSize(10.5)
    .fillColor(GREY)
    .text(label, MARGIN_POINTS, y, { width: LABEL_WIDTH_POINTS - 10 })
  const labelEnd = document.y
  document.fillColor(INK).text(value, MARGIN_POINTS + LABEL_WIDTH_POINTS, y, { lineGap: 2 })
  document.y = Math.max(document.y, labelEnd) + 6
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
