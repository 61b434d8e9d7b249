/** Reads a chosen file into the form that the sandbox's API takes. */
import type { FileOut } from './wire'

const SLICE = 0x8000

export async function readFile(file: File): Promise<FileOut> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let binary = ''
  for (let at = 0; at < bytes.length; at += SLICE) binary += String.fromCharCode(...bytes.subarray(at, at + SLICE))
  return { name: file.name, content_type: file.type || 'application/octet-stream', base64: btoa(binary) }
}
