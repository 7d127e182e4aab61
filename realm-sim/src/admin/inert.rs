//! Attributes that a directory keeps and no KDC reads.

use std::collections::BTreeMap;

use super::AttributeValue;

/// Their names in lower case, in order: those of a user's and a computer's pages of the usual tools,
/// and of RFC 2307. They are taken, said to have had no effect, and not kept.
const INERT: [&str; 50] = [
    "admindescription",
    "admindisplayname",
    "c",
    "co",
    "comment",
    "company",
    "countrycode",
    "department",
    "description",
    "division",
    "dnshostname",
    "employeeid",
    "employeenumber",
    "employeetype",
    "facsimiletelephonenumber",
    "gecos",
    "generationqualifier",
    "gidnumber",
    "givenname",
    "homephone",
    "info",
    "initials",
    "ipphone",
    "l",
    "location",
    "loginshell",
    "mail",
    "managedby",
    "manager",
    "middlename",
    "mobile",
    "operatingsystem",
    "operatingsystemservicepack",
    "operatingsystemversion",
    "othermailbox",
    "pager",
    "physicaldeliveryofficename",
    "postalcode",
    "postofficebox",
    "preferredlanguage",
    "proxyaddresses",
    "sn",
    "st",
    "street",
    "streetaddress",
    "telephonenumber",
    "title",
    "uidnumber",
    "unixhomedirectory",
    "wwwhomepage",
];

/// Whether an attribute is one of them, whatever its case.
pub(super) fn is_inert(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    INERT.binary_search(&name.as_str()).is_ok()
}

/// Those of them among the attributes of a request.
pub(super) fn inert_among(details: &BTreeMap<String, AttributeValue>) -> Vec<String> {
    let names = details.keys().filter(|name| is_inert(name));
    names.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_whatever_its_case() {
        assert!(INERT.iter().all(|name| is_inert(name)));
        assert!(is_inert("dNSHostName") && !is_inert("shoeSize") && !is_inert("displayName"));
    }
}
