import { openPage } from '../shared/page'
import Lifecycle from './Lifecycle.svelte'

openPage(Lifecycle)
