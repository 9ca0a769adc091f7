export { destinationContract, type DestinationContractCase } from './destination-contract.js'
