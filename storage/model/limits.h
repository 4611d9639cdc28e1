// Every limit of the product in one place, as DynamoDB documents them unless said otherwise. Sizes
// in bytes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace millrace::limits {

inline constexpr size_t kRequestBodySizeMax = 16 * 1024 * 1024;  // counted after decompression too
inline constexpr size_t kItemSizeMax = 400 * 1024;
inline constexpr size_t kPageSizeMax = 1024 * 1024;  // evaluated data of one Query or Scan page
inline constexpr size_t kPartitionKeySizeMax = 2048;
inline constexpr size_t kSortKeySizeMax = 1024;
inline constexpr size_t kKeyAttributeNameSizeMax = 255;
inline constexpr size_t kAttributeNameSizeMax = 65535;
inline constexpr int kNestingDepthMax =
    32;  // levels of an attribute value, the top one counting as 1

inline constexpr size_t kTableNameSizeMin = 3;
inline constexpr size_t kTableNameSizeMax = 255;
inline constexpr size_t kTableArnSizeMax = 1024;
inline constexpr size_t kListTablesPageMax = 100;
inline constexpr int kLocalIndexesMax = 5;
inline constexpr int kGlobalIndexesMax = 20;
inline constexpr int kIndexKeyPartsMax = 4;  // attributes of one kind in a global index key
inline constexpr int kIncludedAttributesMax = 100;
inline constexpr int kTagsMax = 50;
inline constexpr size_t kTagKeySizeMax = 128;
inline constexpr size_t kTagValueSizeMax = 256;
inline constexpr int64_t kScanSegmentsMax = 1000000;

inline constexpr size_t kBatchGetKeysMax = 100;
inline constexpr size_t kBatchGetSizeMax = 16 * 1024 * 1024;  // items of one answer
inline constexpr size_t kBatchWriteRequestsMax = 25;
inline constexpr size_t kTransactionActionsMax = 100;
inline constexpr size_t kTransactionSizeMax = 4 * 1024 * 1024;  // items of one transaction
inline constexpr size_t kClientRequestTokenSizeMax = 36;        // UTF-16 units

inline constexpr size_t kExpressionSizeMax = 4096;
inline constexpr int kExpressionOperatorsMax = 300;
inline constexpr int kInOperandsMax = 100;
inline constexpr size_t kPlaceholderSizeMax = 255;
inline constexpr size_t kSubstitutionSizeMax =
    2 * 1024 * 1024;  // all expression names and values together

inline constexpr int kNumberDigitsMax = 38;
inline constexpr int kNumberMagnitudeMax = 125;  // largest power of ten of the first digit
inline constexpr int kNumberMagnitudeMin =
    -130;  // smallest power of ten of the first digit of a non-zero number

// Capacity units.
inline constexpr size_t kReadUnitSize = 4096;
inline constexpr size_t kWriteUnitSize = 1024;

}  // namespace millrace::limits
