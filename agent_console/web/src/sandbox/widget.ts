/** Loads the hub's widget once, by a script tag, as a host page does. */
const ADDRESS = '/widget/hub-chat.js'
let loading: Promise<void> | undefined

export function loadWidget(): Promise<void> {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = ADDRESS
    script.onload = () => resolve()
    script.onerror = () => reject(new Error(`${ADDRESS} cannot be loaded`))
    document.head.append(script)
  })
  return loading
}
