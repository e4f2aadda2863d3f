//! What names look like: equal looks differ only in upper and lower case, in letters with marks in one piece or in two, and in what is not seen.

use std::collections::HashMap;
use std::sync::OnceLock;

/// Latin, Greek and Cyrillic letters in one piece: for each mark the letters that it stands on, and those of one piece, in the same order.
const COMPOSED: [(char, &str, &str); 25] = [
    (
        '\u{300}',
        "AEIOUaeiouÜüNnЕИеиĒēŌōWwÂâĂăÊêÔôƠơƯưYy",
        "ÀÈÌÒÙàèìòùǛǜǸǹЀЍѐѝḔḕṐṑẀẁẦầẰằỀềỒồỜờỪừỲỳ",
    ),
    (
        '\u{301}',
        "AEIOUYaeiouyCcLlNnRrSsZzÜüGgÅåÆæØø¨ΑΕΗΙΟΥΩϊαεηιϋουωϒГКгкÇçĒēÏïKkMmÕõŌōPpŨũWwÂâĂăÊêÔôƠơƯư",
        "ÁÉÍÓÚÝáéíóúýĆćĹĺŃńŔŕŚśŹźǗǘǴǵǺǻǼǽǾǿ΅ΆΈΉΊΌΎΏΐάέήίΰόύώϓЃЌѓќḈḉḖḗḮḯḰḱḾḿṌṍṒṓṔṕṸṹẂẃẤấẮắẾếỐốỚớỨứ",
    ),
    (
        '\u{302}',
        "AEIOUaeiouCcGgHhJjSsWwYyZzẠạẸẹỌọ",
        "ÂÊÎÔÛâêîôûĈĉĜĝĤĥĴĵŜŝŴŵŶŷẐẑẬậỆệỘộ",
    ),
    (
        '\u{303}',
        "ANOanoIiUuVvÂâĂăEeÊêÔôƠơƯưYy",
        "ÃÑÕãñõĨĩŨũṼṽẪẫẴẵẼẽỄễỖỗỠỡỮữỸỹ",
    ),
    (
        '\u{304}',
        "AaEeIiOoUuÜüÄäȦȧÆæǪǫÖöÕõȮȯYyИиУуGgḶḷṚṛ",
        "ĀāĒēĪīŌōŪūǕǖǞǟǠǡǢǣǬǭȪȫȬȭȰȱȲȳӢӣӮӯḠḡḸḹṜṝ",
    ),
    (
        '\u{306}',
        "AaEeGgIiOoUuУИиуЖжАаЕеȨȩẠạ",
        "ĂăĔĕĞğĬĭŎŏŬŭЎЙйўӁӂӐӑӖӗḜḝẶặ",
    ),
    (
        '\u{307}',
        "CcEeGgIZzAaOoBbDdFfHhMmNnPpRrSsŚśŠšṢṣTtWwXxYyſ",
        "ĊċĖėĠġİŻżȦȧȮȯḂḃḊḋḞḟḢḣṀṁṄṅṖṗṘṙṠṡṤṥṦṧṨṩṪṫẆẇẊẋẎẏẛ",
    ),
    (
        '\u{308}',
        "AEIOUaeiouyYΙΥιυϒЕІеіАаӘәЖжЗзИиОоӨөЭэУуЧчЫыHhÕõŪūWwXxt",
        "ÄËÏÖÜäëïöüÿŸΪΫϊϋϔЁЇёїӒӓӚӛӜӝӞӟӤӥӦӧӪӫӬӭӰӱӴӵӸӹḦḧṎṏṺṻẄẅẌẍẗ",
    ),
    (
        '\u{309}',
        "AaÂâĂăEeÊêIiOoÔôƠơUuƯưYy",
        "ẢảẨẩẲẳẺẻỂểỈỉỎỏỔổỞởỦủỬửỶỷ",
    ),
    ('\u{30a}', "AaUuwy", "ÅåŮůẘẙ"),
    ('\u{30b}', "OoUuУу", "ŐőŰűӲӳ"),
    (
        '\u{30c}',
        "CcDdEeLlNnRrSsTtZzAaIiOoUuÜüGgKkƷʒjHh",
        "ČčĎďĚěĽľŇňŘřŠšŤťŽžǍǎǏǐǑǒǓǔǙǚǦǧǨǩǮǯǰȞȟ",
    ),
    ('\u{30f}', "AaEeIiOoRrUuѴѵ", "ȀȁȄȅȈȉȌȍȐȑȔȕѶѷ"),
    ('\u{311}', "AaEeIiOoRrUu", "ȂȃȆȇȊȋȎȏȒȓȖȗ"),
    ('\u{31b}', "OoUu", "ƠơƯư"),
    (
        '\u{323}',
        "BbDdHhKkLlMmNnRrSsTtVvWwZzAaEeIiOoƠơUuƯưYy",
        "ḄḅḌḍḤḥḲḳḶḷṂṃṆṇṚṛṢṣṬṭṾṿẈẉẒẓẠạẸẹỊịỌọỢợỤụỰựỴỵ",
    ),
    ('\u{324}', "Uu", "Ṳṳ"),
    ('\u{325}', "Aa", "Ḁḁ"),
    ('\u{326}', "SsTt", "ȘșȚț"),
    (
        '\u{327}',
        "CcGgKkLlNnRrSsTtEeDdHh",
        "ÇçĢģĶķĻļŅņŖŗŞşŢţȨȩḐḑḨḩ",
    ),
    ('\u{328}', "AaEeIiUuOo", "ĄąĘęĮįŲųǪǫ"),
    ('\u{32d}', "DdEeLlNnTtUu", "ḒḓḘḙḼḽṊṋṰṱṶṷ"),
    ('\u{32e}', "Hh", "Ḫḫ"),
    ('\u{330}', "EeIiUu", "ḚḛḬḭṴṵ"),
    ('\u{331}', "BbDdKkLlNnRrTtZzh", "ḆḇḎḏḴḵḺḻṈṉṞṟṮṯẔẕẖ"),
];

/// Marks and joiners that are not seen: two names that differ by them alone look the same.
const UNSEEN: [char; 6] = [
    '\u{ad}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}',
];

/// What names that look alike have in common.
#[derive(Debug)]
pub(crate) struct Looks {
    pieces: HashMap<char, (char, char)>,
}

impl Looks {
    /// The table of letters in one piece, made once.
    pub(crate) fn get() -> &'static Self {
        static LOOKS: OnceLock<Looks> = OnceLock::new();
        LOOKS.get_or_init(Looks::new)
    }

    fn new() -> Self {
        let pieces = COMPOSED.iter().flat_map(|(mark, bases, composed)| {
            let pairs = bases.chars().zip(composed.chars());
            pairs.map(|(base, composed)| (composed, (base, *mark)))
        });
        Looks {
            pieces: pieces.collect(),
        }
    }

    /// The name in lower case, letters and marks apart, without what is not seen.
    pub(crate) fn of(&self, name: &str) -> String {
        if name.is_ascii() {
            return name.to_ascii_lowercase();
        }
        let mut looks = String::with_capacity(name.len());
        let seen = name.chars().filter(|char| !UNSEEN.contains(char));
        for char in seen.flat_map(char::to_lowercase) {
            // The outermost mark comes off first and stands last.
            let (mut base, mut marks) = (char, Vec::new());
            while let Some((lower, mark)) = self.pieces.get(&base) {
                base = *lower;
                marks.push(*mark);
            }
            looks.push(base);
            looks.extend(marks.into_iter().rev());
        }
        looks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_composition_and_what_is_not_seen_make_no_difference() {
        let looks = Looks::new();
        let alike = [
            ("DevOne", "devone"),
            ("Andr\u{e9}", "Andre\u{301}"),
            ("\u{1ea4}", "\u{e2}\u{301}"),
            ("\u{419}", "\u{438}\u{306}"),
            ("dev\u{200b}one", "devone"),
        ];
        for (one, other) in alike {
            assert_eq!(looks.of(one), looks.of(other), "{one:?} {other:?}");
        }
        for (one, other) in [("Andre", "Andr\u{e9}"), ("dev one", "devone"), ("l", "1")] {
            assert_ne!(looks.of(one), looks.of(other));
        }
    }

    #[test]
    fn the_table_is_well_formed() {
        for (_, bases, composed) in COMPOSED {
            assert_eq!(bases.chars().count(), composed.chars().count());
        }
    }
}
