/**
 * Opens a live line to the hub: one Socket.IO namespace.
 *
 * The rule of this file: it uses websockets only and reconnects for ever. The caller asks for the events that it
 * missed.
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
