import { tool, type Tool } from 'ai'
import { z } from 'zod'
import { readCataloguePicture, type CataloguePicture } from '../catalogue.js'

/** A tool that answers with a picture. */
export const showProductPicture: Tool<Record<string, never>, CataloguePicture> = tool({
  description: 'Shows the picture of the product in the catalogue, where it is whole.',
  inputSchema: z.object({}),
  execute: () => readCataloguePicture(),
  toModelOutput: ({ output: { filename, mediaType, data } }) => ({
    type: 'content',
    value: [
      { type: 'text', text: 'The product as it is sold:' },
      { type: 'file', data: { type: 'data', data }, mediaType, filename },
    ],
  }),
})
