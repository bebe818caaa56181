// Measures sharp, in a process that the bench starts. Makes one set of thumbnails for
// each line on its standard input and prints a JSON object: milliseconds, and the
// peak memory of the process so far in MiB.
//
//   node sharp.mjs sequential|parallel FOLDER
//
// sharp is found in the working directory, where the bench installed it, and not
// beside this file.
import { createRequire } from 'node:module'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const [mode, folder] = process.argv.slice(2)
const sharp = createRequire(join(process.cwd(), 'package.json'))('sharp')
const widths = [1280, 768, 320]

const one = (bytes, width) => sharp(bytes).resize(width).jpeg({ quality: 80 }).toBuffer()

async function all () {
  const bytes = readFileSync(join(folder, 'source.jpg'))
  if (mode === 'parallel') return Promise.all(widths.map(width => one(bytes, width)))
  const outputs = []
  for (const width of widths) outputs.push(await one(bytes, width))
  return outputs
}

let outputs = []
for await (const _ of createInterface({ input: process.stdin })) {
  const before = process.cpuUsage()
  const start = performance.now()
  outputs = await all()
  const wall = performance.now() - start
  const { user, system } = process.cpuUsage(before)
  console.log(JSON.stringify({
    wall,
    cpu: (user + system) / 1000,
    rss: process.resourceUsage().maxRSS / 1024,
    version: `sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}, node ${process.version}`
  }))
}
outputs.forEach((bytes, i) => writeFileSync(join(folder, `sharp-${widths[i]}.jpg`), bytes))
