// Tag operations.

import {
  accessDenied, dynamo, enveloped, entry, invalid, kAnyValidation, kNotNull, lengthMax, lengthMin,
  row,
} from './rows.mjs';

const kTable = 'arn:aws:dynamodb:us-east-1:000000000000:table/Hash';
const kMissing = 'arn:aws:dynamodb:us-east-1:000000000000:table/Missing';
const kTags = [{ Key: 'k', Value: 'v' }];
const kOperations = [
  ['TagResource', { Tags: kTags }], ['UntagResource', { TagKeys: ['k'] }],
  ['ListTagsOfResource', {}],
];

const kNoTables = [
  'abc', 'arn:aws:s3:::bucket', 'arn:aws:dynamodb:us-east-1:000000000000:Hash',
];

const kArns = kOperations.flatMap(([operation, rest]) => [
  row(`${operation}: no ARN`, operation, rest, invalid('Invalid TableArn')),
  row(`${operation}: empty ARN`, operation, { ResourceArn: '', ...rest },
    invalid('Invalid TableArn')),
  ...kNoTables.map((arn) => row(
    `${operation}: ${arn} is no table`, operation, { ResourceArn: arn, ...rest },
    invalid(`Invalid TableArn: Invalid ResourceArn provided as input ${arn}`))),
]);

export const rows = [
  ...kArns,
  row('TagResource: no Tags', 'TagResource', { ResourceArn: kTable },
    enveloped(entry(undefined, 'tags', kNotNull))),
  row('TagResource: empty Tags', 'TagResource', { ResourceArn: kTable, Tags: [] },
    invalid('Atleast one Tag needs to be provided as Input.')),
  row('UntagResource: no TagKeys', 'UntagResource', { ResourceArn: kTable },
    enveloped(entry(undefined, 'tagKeys', kNotNull))),
  row('UntagResource: empty TagKeys', 'UntagResource', { ResourceArn: kTable, TagKeys: [] },
    invalid('Atleast one Tag Key needs to be provided as Input.')),
  row('TagResource: unknown table', 'TagResource', { ResourceArn: kMissing, Tags: kTags },
    dynamo('ResourceNotFoundException',
      `Requested resource not found: ResourcArn: ${kMissing} not found`)),
  row('UntagResource: unknown table', 'UntagResource', { ResourceArn: kMissing, TagKeys: ['k'] },
    dynamo('ResourceNotFoundException', 'Requested resource not found')),
  row('ListTagsOfResource: unknown table', 'ListTagsOfResource', { ResourceArn: kMissing },
    accessDenied('User: arn:aws:iam::000000000000:root is not authorized to perform: ' +
      `dynamodb:ListTagsOfResource on resource: ${kMissing}`)),
  row('TagResource: empty key', 'TagResource',
    { ResourceArn: kTable, Tags: [{ Key: '', Value: 'v' }] },
    enveloped(entry('', 'tags.1.member.key', lengthMin(1)))),
  row('TagResource: key of 129', 'TagResource',
    { ResourceArn: kTable, Tags: [...kTags, { Key: 'k'.repeat(129), Value: 'v' }] },
    enveloped(entry('k'.repeat(129), 'tags.2.member.key', lengthMax(128)))),
  row('TagResource: value of 257', 'TagResource',
    { ResourceArn: kTable, Tags: [{ Key: 'k', Value: 'v'.repeat(257) }] },
    enveloped(entry('v'.repeat(257), 'tags.1.member.value', lengthMax(256)))),
  row('TagResource: 51 tags', 'TagResource', {
    ResourceArn: kTable,
    Tags: Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: 'v' })),
  }, dynamo('LimitExceededException',
    'Number of Tags exceed the current limit for the provided ResourceArn')),
  row('TagResource: the same key twice', 'TagResource',
    { ResourceArn: kTable, Tags: [...kTags, ...kTags] }, kAnyValidation),
];
