// Makes the fixtures that do not come from the Go project, out of png-8.png:
//
//   cd /tmp && npm install sharp@0.35.5 && node .../testdata/make.mjs
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const sharp = createRequire(join(process.cwd(), 'package.json'))('sharp')
const here = dirname(fileURLToPath(import.meta.url))
const at = name => join(here, name)
const base = () => sharp(at('png-8.png'))

// An opaque disc with a soft edge, on black that is fully transparent: whatever
// leaks from outside the disc darkens its edge.
const disc = Buffer.from('<svg width="150" height="103"><defs><filter id="f"><feGaussianBlur stdDeviation="2"/></filter></defs><circle cx="75" cy="51" r="40" fill="#fff" filter="url(#f)"/></svg>')
const cut = async () => sharp(await sharp({ create: { width: 150, height: 103, channels: 3, background: '#f0c020' } }).png().toBuffer())
  .composite([{ input: disc, blend: 'dest-in' }])

await base().png({ progressive: true }).toFile(at('png-interlaced.png'))
await base().toColourspace('rgb16').png().toFile(at('png-16.png'))
await base().toColourspace('b-w').png().toFile(at('png-gray.png'))
await base().toColourspace('grey16').png().toFile(at('png-gray16.png'))
await base().png({ palette: true, colours: 64 }).toFile(at('png-palette.png'))
await (await cut()).png().toFile(at('png-alpha.png'))
await (await cut()).toColourspace('rgb16').png().toFile(at('png-alpha16.png'))
await (await cut()).png({ palette: true }).toFile(at('png-palette-alpha.png'))
await (await cut()).webp({ quality: 90 }).toFile(at('webp-lossy-alpha.webp'))
await (await cut()).webp({ lossless: true }).toFile(at('webp-lossless-alpha.webp'))
await base().webp({ lossless: true }).toFile(at('webp-lossless.webp'))
// Stored on its side, to be turned by a quarter clockwise.
for (const [format, name] of [['png', 'png-orientation6.png'], ['webp', 'webp-orientation6.webp'], ['jpeg', 'jpeg-orientation6.jpg']]) {
  await base().rotate(-90).withMetadata({ orientation: 6 }).toFormat(format, { quality: 90 }).toFile(at(name))
}
