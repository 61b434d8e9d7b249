/**
 * The live line to the hub: one Socket.IO namespace.
 *
 * The rule of this file: websocket only, reconnects for ever, and hides nothing: what was missed is for the caller to ask.
 */
import { io, type Socket } from 'socket.io-client'

export function openSocket(namespace: '/desk' | '/wallboard', auth: Record<string, string> = {}): Socket {
  return io(namespace, {
    auth,
    transports: ['websocket'],
    reconnectionDelay: 400,
    reconnectionDelayMax: 4000,
    randomizationFactor: 0.5,
  })
}
