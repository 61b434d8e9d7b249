import { openPage } from '../shared/page'
import Scripts from './Scripts.svelte'

openPage(Scripts)
